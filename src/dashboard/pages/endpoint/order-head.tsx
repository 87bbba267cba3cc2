import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, RotateCw, SkipForward } from "lucide-react";
import { useId } from "react";
import { Link } from "wouter";
import type { Delivery, Endpoint, EndpointQueue } from "../../../sdk/client/index.ts";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { useSetStatus } from "../../api/endpoints.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Empty, sentenceOf } from "../../components/states/states.tsx";
import { ClockTime, Countdown, Time } from "../../components/time/time.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { numberText, sequenceText, sizeText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { answerText, stateOf } from "../deliveries/state.ts";
import styles from "./order.module.css";

const t = text.order;

interface QueueProps {
  endpoint: Endpoint;
  queue: EndpointQueue;
  mayWrite: boolean;
}

/** What is attempted next, why it waits, and how much waits with it. */
export function OrderHead({ endpoint, queue, mayWrite }: QueueProps) {
  const { head } = queue;
  if (head === null) return <Empty title={t.nothingTitle}>{t.nothing}</Empty>;
  return (
    <div className={styles.order}>
      <Head endpoint={endpoint} queue={queue} head={head} mayWrite={mayWrite} />
      <div>
        <h2>{endpoint.serialize ? t.behind : t.waiting}</h2>
        <dl className="stats bleed">
          <div>
            <dt>{t.depth}</dt>
            <dd>{numberText(queue.depth)}</dd>
            <dd>{t.bytes(sizeText(queue.bytes))}</dd>
          </div>
          <div>
            <dt>{t.rate}</dt>
            <dd>{t.perMinute(queue.ended_last_minute)}</dd>
            <dd>{t.attemptsPerMinute(queue.attempts_last_minute)}</dd>
          </div>
          <div>
            <dt>{t.drainedBy}</dt>
            <dd>{queue.drained_by === null ? "–" : <ClockTime at={queue.drained_by} />}</dd>
            <dd>{queue.drained_by === null ? t.notDraining : t.atThisRate}</dd>
          </div>
        </dl>
        <p className="hint">
          {endpoint.serialize ? t.skipMeans(sequenceText(head.sequence)) : t.inFlight(queue.in_flight)}
        </p>
      </div>
    </div>
  );
}

function Head({ endpoint, queue, head, mayWrite }: QueueProps & { head: Delivery }) {
  const id = useId();
  const atlas = useAtlas();
  const queries = useQueryClient();
  const setStatus = useSetStatus();
  const act = useMutation({
    mutationFn: (action: "retry" | "cancel") => atlas.endpoints[action](endpoint.id, head.id),
    onSuccess: (_, action) =>
      toast({
        state: action === "retry" ? "pending" : "canceled",
        title: action === "retry" ? text.delivery.retried : t.skipped(sequenceText(head.sequence)),
        href: deliveryHref(head),
      }),
    onError: (error) => toast({ state: "canceled", title: text.endpoint.notDone, detail: sentenceOf(error) }),
    onSettled: () => refreshDeliveries(queries),
  });
  const { wait, head_since: since } = queue;
  return (
    <div className="stack close">
      <div className="row">
        <h2 id={id} className="grow">
          {endpoint.serialize ? t.head : t.next}
        </h2>
        <Badge state={stateOf(head)} />
      </div>
      <p>
        <Link className={`${styles.big} strong`} href={deliveryHref(head)}>
          {sequenceText(head.sequence)}
        </Link>{" "}
        <Link className="mono" href={deliveryHref(head)}>
          {head.event_type}
        </Link>
      </p>
      <p>
        {wait !== null && (
          <b>
            {t.why[wait.why] ?? wait.why}
            {wait.until !== null && (
              <>
                , {t.until} <ClockTime at={wait.until} />, <Countdown to={wait.until} />
              </>
            )}
            .{" "}
          </b>
        )}
        <span className="muted">
          {head.last_attempt !== null &&
            `${answerText(head, endpoint)}, ${text.delivery.attemptsMade(head.attempt_count)}. `}
          {since !== null && (
            <>
              {t.since} <Time at={since} />.
            </>
          )}
        </span>
      </p>
      <div className="row wrap">
        {mayWrite && (
          <>
            <Button kind="primary" icon={RotateCw} isBusy={act.isPending} onClick={() => act.mutate("retry")}>
              {text.actions.retryNow}
            </Button>
            <Button icon={SkipForward} isBusy={act.isPending} onClick={() => act.mutate("cancel")}>
              {t.skip}
            </Button>
            {endpoint.status === "enabled" && (
              <Button icon={Pause} onClick={() => setStatus([endpoint.id], "paused")}>
                {text.actions.pause}
              </Button>
            )}
          </>
        )}
        <ButtonLink kind="quiet" href={deliveryHref(head)}>
          {t.openDelivery}
        </ButtonLink>
      </div>
    </div>
  );
}
