import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Repeat } from "lucide-react";
import { useId } from "react";
import { Link } from "wouter";
import type { Event } from "../../../sdk/client/index.ts";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { useEvent } from "../../api/events.ts";
import { useMayWrite } from "../../api/key.ts";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Code, Plain, roundedLine } from "../../components/code/code.tsx";
import { memberText } from "../../components/code/json-text.ts";
import { Id } from "../../components/copy/copy.tsx";
import { LoadError, Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { sizeText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.events;

/** What one event carried, and the way to where it went. */
export function EventDetail({ id }: { id: string }) {
  const heading = useId();
  const event = useEvent(id);
  if (event.isPending || event.isError) {
    return (
      <section className="card" aria-label={t.whatOne}>
        {event.isPending ? (
          <Skeleton lines={8} />
        ) : (
          <LoadError what={t.whatOne} error={event.error} retry={() => event.refetch()} />
        )}
      </section>
    );
  }
  const answer = JSON.parse(event.data) as Event;
  const data = memberText(event.data, "data") ?? "";
  const rounded = roundedLine(data);
  const title = t.data(sizeText(new TextEncoder().encode(data).length));
  return (
    <section className="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading} className="cut mono-name">
          {answer.type}
        </h2>
        <span className="row">
          <ButtonLink isSmall href={`/explain/${encodeURIComponent(answer.event_id)}`}>
            {t.explain}
          </ButtonLink>
          <ReplayButton id={answer.event_id} />
        </span>
      </header>
      <div className="body stack">
        <Code of={data} title={title} name={title} isPretty />
        {rounded !== null && <p className="hint">{text.delivery.rounded(rounded)}</p>}
        <dl className="kv">
          <dt>{t.id}</dt>
          <dd>
            <Id of={answer.event_id} />
          </dd>
          {answer.id !== answer.event_id && (
            <>
              <dt>{t.ownId}</dt>
              <dd className="mono wraps">
                <Plain of={answer.id} />
              </dd>
            </>
          )}
          <dt>{t.accepted}</dt>
          <dd>
            <ClockTime at={answer.accepted_at} />
          </dd>
          <dt>{t.version}</dt>
          <dd>{answer.api_version}</dd>
          <dt>{t.columns.went}</dt>
          <dd>
            <Link href={`/deliveries?event=${encodeURIComponent(answer.event_id)}`}>
              {t.wentTo(answer.endpoints)}
            </Link>
          </dd>
          <dt>{t.tags}</dt>
          <dd>
            {answer.tags.length === 0 && <span className="faint">{t.none}</span>}
            {answer.tags.map((tag) => (
              <span key={tag} className="tag">
                <Plain of={tag} />
              </span>
            ))}
          </dd>
          <dt>{t.context}</dt>
          <dd className="wraps">
            {Object.keys(answer.context).length === 0 && <span className="faint">{t.none}</span>}
            {Object.entries(answer.context).map(([name, value]) => (
              <code key={name}>
                <Plain of={`${name} = ${value} `} />
              </code>
            ))}
          </dd>
        </dl>
      </div>
    </section>
  );
}

function ReplayButton({ id }: { id: string }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const mayWrite = useMayWrite();
  const replay = useMutation({
    mutationFn: () => atlas.events.replay(id),
    onSuccess: ({ deliveries }) => {
      toast(
        deliveries.length === 0
          ? { state: "unmatched", title: t.notReplayed }
          : { state: "delivered", title: t.replayed(deliveries.length), href: `/deliveries?event=${id}` },
      );
      refreshDeliveries(queries);
    },
    onError: (error) => toast({ state: "canceled", title: t.notDone, detail: sentenceOf(error) }),
  });
  if (!mayWrite) return null;
  return (
    <Button isSmall icon={Repeat} isBusy={replay.isPending} onClick={() => replay.mutate()}>
      {t.replay}
    </Button>
  );
}
