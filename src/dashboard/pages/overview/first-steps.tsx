import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { refreshDeliveries, useNewest } from "../../api/deliveries.ts";
import { useInboxRequests } from "../../api/inboxes.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { Card } from "../../components/card/card.tsx";
import { Code } from "../../components/code/code.tsx";
import { CopyButton } from "../../components/copy/copy.tsx";
import { Field } from "../../components/field/field.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { latencyText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { answerText, stateOf } from "../deliveries/state.ts";
import { useMakeInbox } from "../inbox/inbox.tsx";
import styles from "./overview.module.css";

const t = text.overview;

/** The type whose sample is sent. */
const TYPE = "deal.created";

/** An empty workspace: the way to the first delivery seen, without code of one's own. */
export function FirstSteps({ onDone }: { onDone(): void }) {
  const [inbox, setInbox] = useState<{ id: string; url: string } | null>(null);
  const [endpointId, setEndpointId] = useState<string | null>(null);
  const [eventId, setEventId] = useState<string | null>(null);
  const open = useMakeInbox((id, url) => setInbox({ id, url }));
  const now = inbox === null ? 1 : endpointId === null ? 2 : eventId === null ? 3 : 4;
  return (
    <>
      <PageHead title={t.title} lead={t.firstLead}>
        {endpointId !== null && <Button onClick={onDone}>{t.leaveWalk}</Button>}
      </PageHead>
      <div className="cols">
        <section className="card" aria-label={t.start}>
          <ol className={styles.walk}>
            <Step number={1} now={now} title={t.stepInbox} means={t.stepInboxMeans}>
              {inbox === null ? (
                <div className="row">
                  <Button kind="primary" isBusy={open.isPending} onClick={() => open.mutate()}>
                    {t.openInbox}
                  </Button>
                  <ButtonLink kind="quiet" href="/endpoints/new">
                    {t.ownUrl}
                  </ButtonLink>
                </div>
              ) : (
                <div className="row">
                  <code className="tag tall cut">{inbox.url}</code>
                  <CopyButton of={inbox.url} />
                </div>
              )}
            </Step>
            <Step number={2} now={now} title={t.stepEndpoint} means={t.stepEndpointMeans}>
              {inbox !== null && endpointId === null && (
                <MakeEndpoint url={inbox.url} onMade={setEndpointId} />
              )}
            </Step>
            <Step number={3} now={now} title={t.stepEvent} means={t.stepEventMeans(TYPE)}>
              {endpointId !== null && eventId === null && <SendSample onSent={setEventId} />}
              {inbox !== null && eventId !== null && <Seen inboxId={inbox.id} eventId={eventId} />}
            </Step>
          </ol>
        </section>
        <FromCode />
      </div>
    </>
  );
}

function Step({
  number,
  now,
  title,
  means,
  children,
}: {
  number: number;
  now: number;
  title: string;
  means: string;
  children: ReactNode;
}) {
  const isDone = number < now;
  return (
    <li className={isDone ? styles.isDone : number === now ? styles.isNow : undefined}>
      <span className={styles.step}>{isDone ? <Icon of={Check} /> : number}</span>
      <div className="stack close">
        <div>
          <h2>
            {title} {isDone && <span className="sr">{t.isDone}</span>}
          </h2>
          <p className="muted">{means}</p>
        </div>
        {children}
      </div>
    </li>
  );
}

function MakeEndpoint({ url: first, onMade }: { url: string; onMade(id: string): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [url, setUrl] = useState(first);
  const make = useMutation({
    mutationFn: () => atlas.endpoints.create({ url: url.trim(), description: t.endpointName }),
    onSuccess: ({ id }) => {
      onMade(id);
      void queries.invalidateQueries({ queryKey: ["endpoints"] });
    },
  });
  return (
    <>
      <Field label={t.url} error={make.error && sentenceOf(make.error)}>
        {(control) => (
          <input
            {...control}
            className="input mono"
            spellCheck={false}
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
      </Field>
      <div className="row">
        <Button kind="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
          {text.endpointForm.make}
        </Button>
        <ButtonLink kind="quiet" href={`/endpoints/new?url=${encodeURIComponent(url)}`}>
          {t.allSettings}
        </ButtonLink>
      </div>
    </>
  );
}

function SendSample({ onSent }: { onSent(eventId: string): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: async () => {
      // A workspace without the catalog has no sample of it.
      const { data } = await atlas.eventTypes.list({ limit: 200 }).page();
      const sample = data.find(({ type }) => type === TYPE)?.sample ?? { id: "deal_1", value: 48_000 };
      return atlas.events.publish({ type: TYPE, data: sample });
    },
    onSuccess: ({ event_id }) => {
      onSent(event_id);
      refreshDeliveries(queries);
    },
  });
  return (
    <>
      <div className="row">
        <Button kind="primary" isBusy={send.isPending} onClick={() => send.mutate()}>
          {text.events.send}
        </Button>
      </div>
      {send.error !== null && <p className="error">{sentenceOf(send.error)}</p>}
    </>
  );
}

/** What came of it, live: at the inbox, and as a delivery. */
function Seen({ inboxId, eventId }: { inboxId: string; eventId: string }) {
  const [arrived] = useInboxRequests(inboxId).data ?? [];
  const [delivery] = useNewest({ event_id: eventId }, true).data?.data ?? [];
  return (
    <div className="card flat" aria-live="polite">
      <div className="body stack close">
        {delivery === undefined ? (
          <p className="muted">{t.onItsWay}</p>
        ) : (
          <div className="row wrap">
            <Badge state={stateOf(delivery)} />
            <span className="grow">
              {answerText(delivery, undefined)}
              {delivery.last_attempt !== null && `, ${latencyText(delivery.last_attempt.duration_ms)}`}
            </span>
            <Link href={deliveryHref(delivery)}>{t.openDelivery}</Link>
          </div>
        )}
        {arrived !== undefined && (
          <div className="row wrap">
            <Badge state={arrived.signature.verdict === "valid" ? "delivered" : "unmatched"}>
              {text.inbox.verdicts[arrived.signature.verdict].title}
            </Badge>
            <span className="grow" />
            <Link href={`/inbox/${inboxId}`}>{t.seeRequest}</Link>
          </div>
        )}
      </div>
    </div>
  );
}

function FromCode() {
  const curl = `curl ${location.origin}/v1/events \\\n  -H "Authorization: Bearer $ATLAS_KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"type": "deal.created", "data": {"id": "deal_1", "value": 48000}}'`;
  return (
    <aside className="stack" aria-label={t.code}>
      <Card title={t.code}>
        <div className="body stack close">
          <p className="muted">{t.codeMeans}</p>
          <Code of={curl} title={t.publish} name={t.publish} />
        </div>
      </Card>
    </aside>
  );
}
