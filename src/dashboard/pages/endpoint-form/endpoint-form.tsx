import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import type { CreatedEndpoint, Endpoint } from "../../../sdk/client/index.ts";
import { useEndpoint } from "../../api/endpoints.ts";
import { useCurrentKey } from "../../api/key.ts";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Crumbs } from "../../components/crumbs/crumbs.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Diff } from "../../components/diff/diff.tsx";
import { problemIn, problemsOf } from "../../components/field/problems.ts";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { LoadError, Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { tellCreated } from "../../portal/host.ts";
import { useSearchState } from "../../search/search-state.ts";
import { useAtlas } from "../../session/session.ts";
import { hostOf } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { ConditionFields } from "./condition-fields.tsx";
import { bodyOf, changesOf, type Draft, draftOf, EMPTY_DRAFT, isReadable } from "./draft.ts";
import styles from "./form.module.css";
import { PolicyFields } from "./policy-fields.tsx";
import { Preview } from "./preview.tsx";
import { ReceiverFields } from "./receiver-fields.tsx";
import { SentFields } from "./sent-fields.tsx";
import { useTried } from "./tried.ts";

const t = text.endpointForm;

/** Makes an endpoint. */
export function NewEndpoint() {
  const [{ url = "" }] = useSearchState();
  return <EndpointForm endpoint={null} url={url} />;
}

/** Changes one. */
export function EditEndpoint() {
  const { id = "" } = useParams<{ id: string }>();
  const endpoint = useEndpoint(id);
  if (endpoint.isSuccess) return <EndpointForm key={id} endpoint={endpoint.data} />;
  return (
    <>
      <PageHead title={t.editTitle} />
      <div className="card">
        {endpoint.isPending ? (
          <Skeleton lines={8} />
        ) : (
          <LoadError what={text.endpoint.what} error={endpoint.error} retry={() => endpoint.refetch()} />
        )}
      </div>
    </>
  );
}

function EndpointForm({ endpoint, url = "" }: { endpoint: Endpoint | null; url?: string }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  // What it was when the form was opened: what others change meanwhile is not undone by what was not touched here.
  const [before] = useState<Draft>(() => (endpoint === null ? { ...EMPTY_DRAFT, url } : draftOf(endpoint)));
  const [draft, setDraft] = useState(before);
  const [isReviewed, setIsReviewed] = useState(false);
  const body = useMemo(() => bodyOf(draft), [draft]);
  const changes = useMemo(() => changesOf(bodyOf(before), body), [before, body]);
  const [, navigate] = useLocation();

  const save = useMutation({
    mutationFn: async (): Promise<CreatedEndpoint | null> => {
      if (endpoint === null) return atlas.endpoints.create(body);
      await atlas.endpoints.update(endpoint.id, changes);
      return null;
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["endpoints"] });
      if (made !== null) tellCreated(made);
      if (endpoint === null || made !== null) return;
      void queries.invalidateQueries({ queryKey: ["endpoint", endpoint.id] });
      toast({ state: "enabled", title: t.saved });
      navigate(`/endpoints/${endpoint.id}`);
    },
    onError: () => setIsReviewed(false),
  });
  const problems = problemsOf(save.error);
  // A customer's session sees no events but its endpoints' own.
  const mayRead = useCurrentKey().data?.role === "admin";
  const tried = useTried(body, mayRead);
  const problemOf = (field: string) => problemIn(save.error)(field) ?? problemIn(tried.error)(field);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReadable(draft)) return;
    if (endpoint === null) save.mutate();
    else setIsReviewed(true);
  };
  const title = endpoint === null ? t.makeTitle : t.editTitle;
  const parts = { draft, problemOf, change: (changed: Partial<Draft>) => setDraft({ ...draft, ...changed }) };
  return (
    <>
      <PageHead
        title={title}
        crumbs={
          <Crumbs
            trail={[
              { title: text.endpoints.title, href: "/endpoints" },
              ...(endpoint === null
                ? []
                : [{ title: hostOf(endpoint.url), href: `/endpoints/${endpoint.id}` }]),
            ]}
            here={title}
          />
        }
      />
      <form className={styles.form} onSubmit={submit} noValidate id="endpoint-form">
        <div>
          <ReceiverFields {...parts} isNew={endpoint === null} />
          <ConditionFields {...parts} />
          <SentFields {...parts} />
          <PolicyFields {...parts} />
        </div>
        <Preview body={body} tried={mayRead ? tried : null} />
      </form>
      <div className={styles.savebar}>
        <span className="grow" role="alert">
          {save.error !== null && (
            <span className="bad t">
              {problems.length > 0 ? t.fix(problems.length) : sentenceOf(save.error)}
            </span>
          )}
        </span>
        <ButtonLink href={endpoint === null ? "/endpoints" : `/endpoints/${endpoint.id}`}>
          {t.back}
        </ButtonLink>
        <Button
          kind="primary"
          type="submit"
          form="endpoint-form"
          isBusy={save.isPending && endpoint === null}
          disabled={endpoint !== null && Object.keys(changes).length === 0}
        >
          {endpoint === null ? t.make : t.save}
        </Button>
      </div>
      {isReviewed && endpoint !== null && (
        <Dialog
          isWide
          title={t.reviewTitle}
          onClose={() => setIsReviewed(false)}
          footer={
            <>
              <Button onClick={() => setIsReviewed(false)}>{t.back}</Button>
              <Button kind="primary" isBusy={save.isPending} onClick={() => save.mutate()}>
                {t.apply}
              </Button>
            </>
          }
        >
          <p className="muted">{t.reviewMeans}</p>
          <Diff
            title={t.diff}
            before={JSON.stringify(pick(bodyOf(before), Object.keys(changes)), null, 2)}
            after={JSON.stringify(changes, null, 2)}
          />
        </Dialog>
      )}
      {save.data && <Made endpoint={save.data} />}
    </>
  );
}

/** The secret is shown once, here. */
function Made({ endpoint }: { endpoint: CreatedEndpoint }) {
  const [, navigate] = useLocation();
  const go = () => navigate(`/endpoints/${endpoint.id}`);
  return (
    <Dialog
      title={t.madeTitle}
      isChanged
      onClose={go}
      footer={
        <Button kind="primary" onClick={go}>
          {t.openEndpoint}
        </Button>
      }
    >
      {endpoint.secret !== null && (
        <>
          <p>{t.secretOnce}</p>
          <Id of={endpoint.secret} />
        </>
      )}
      {endpoint.warnings !== undefined && endpoint.warnings.length > 0 && (
        <>
          <h3>{t.warnings}</h3>
          <ul>
            {endpoint.warnings.map(({ path, message }) => (
              <li key={path}>{message}</li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function pick(body: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));
}
