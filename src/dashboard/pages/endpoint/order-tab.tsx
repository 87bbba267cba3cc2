import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, RotateCw, SkipForward } from "lucide-react";
import { useId } from "react";
import { Link } from "wouter";
import type { Delivery, Endpoint, EndpointQueue } from "../../../sdk/client/index.ts";
import { refreshDeliveries, useNewest } from "../../api/deliveries.ts";
import { useQueue, useSetStatus } from "../../api/endpoints.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { Glyph, type State } from "../../components/glyph/glyph.tsx";
import { Empty, LoadError, Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { SequenceStrip, type StripState } from "../../components/strip/strip.tsx";
import { ClockTime, Countdown, Time } from "../../components/time/time.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { numberText, sequenceText, sizeText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { answerText, stateOf } from "../deliveries/state.ts";
import { HealthFacts } from "./health-facts.tsx";
import styles from "./order.module.css";
import { PolicyFacts } from "./policy-facts.tsx";

const t = text.order;

/** What the endpoint's order waits for, since when and why, and what waits behind it. */
export function OrderTab({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const queue = useQueue(endpoint.id);
  const newest = useNewest({ endpoint_id: endpoint.id }, true);
  const rows = newest.data?.data ?? [];
  return (
    <>
      <section className="card" aria-label={endpoint.serialize ? t.head : t.next}>
        {queue.isPending && <Skeleton lines={4} />}
        {queue.isError && (
          <LoadError what={text.endpoint.what} error={queue.error} retry={() => queue.refetch()} />
        )}
        {queue.isSuccess && <Queue endpoint={endpoint} queue={queue.data} mayWrite={mayWrite} />}
        {rows.length > 0 && <Sequences rows={rows} head={queue.data?.head ?? null} />}
      </section>
      <div className="cols">
        <Behind endpoint={endpoint} depth={queue.data?.depth ?? 0} head={queue.data?.head ?? null} />
        <aside className="stack" aria-label={text.endpoint.facts}>
          <Card
            title={text.endpoint.healthTitle}
            aside={<span className="faint">{text.endpoint.window}</span>}
          >
            <div className="body">
              <HealthFacts id={endpoint.id} />
            </div>
          </Card>
          <Card
            title={text.endpoint.policy}
            aside={mayWrite && <Link href={`/endpoints/${endpoint.id}/edit`}>{text.actions.edit}</Link>}
          >
            <div className="body">
              <PolicyFacts endpoint={endpoint} />
            </div>
          </Card>
        </aside>
      </div>
    </>
  );
}

interface QueueProps {
  endpoint: Endpoint;
  queue: EndpointQueue;
  mayWrite: boolean;
}

function Queue({ endpoint, queue, mayWrite }: QueueProps) {
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

const LEGEND: [keyof typeof t.legend, State][] = [
  ["ok", "delivered"],
  ["bad", "dead"],
  ["mute", "canceled"],
  ["warn", "retrying"],
  ["wait", "pending"],
];

/** The newest sequences, oldest first, coloured by state. */
function Sequences({ rows, head }: { rows: readonly Delivery[]; head: Delivery | null }) {
  const shown = rows.toSorted((one, other) => one.sequence - other.sequence).slice(-100);
  const states = shown.map((row): StripState => {
    const state = stateOf(row) as StripState;
    return row.id === head?.id && state === "retrying" ? "head" : state;
  });
  const counts = [...Map.groupBy(states, (state) => state)].map(
    ([state, { length }]) => `${length} ${state}`,
  );
  return (
    <div className={styles.orderStrip}>
      <div className="row wrap">
        <h3 className="push">{t.sequence}</h3>
        <div className="legend">
          {LEGEND.map(([name, state]) => (
            <span key={name}>
              <Glyph state={state} />
              {t.legend[name]}
            </span>
          ))}
        </div>
      </div>
      <SequenceStrip label={t.stripLabel(counts.join(", "))} states={states} />
      <div className={styles.stripScale}>
        <span>{sequenceText(shown[0]?.sequence ?? 1)}</span>
        <span>{sequenceText(shown.at(-1)?.sequence ?? 1)}</span>
      </div>
    </div>
  );
}

/** Those that come next. */
function Behind({ endpoint, depth, head }: { endpoint: Endpoint; depth: number; head: Delivery | null }) {
  const pending = useNewest({ endpoint_id: endpoint.id, status: "pending" }, true);
  const rows = (pending.data?.data ?? [])
    .filter(({ id }) => id !== head?.id)
    .toSorted((one, other) => one.sequence - other.sequence)
    .slice(0, 8);
  return (
    <section className="card" aria-label={t.nextInOrder}>
      <header>
        <h2>{t.nextInOrder}</h2>
        <span className="faint num">{t.pending(depth)}</span>
      </header>
      {rows.length === 0 ? (
        <Empty title={t.nothingTitle}>{t.nothing}</Empty>
      ) : (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">{text.deliveries.columns.sequence}</th>
                <th scope="col">{text.deliveries.columns.type}</th>
                <th scope="col" className="hide-s">
                  {text.deliveries.columns.status}
                </th>
                <th scope="col" className="right">
                  {t.since}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="num">
                    <Link href={deliveryHref(row)}>{sequenceText(row.sequence)}</Link>
                  </td>
                  <td className="mono cut wide">{row.event_type}</td>
                  <td className="hide-s">
                    <Badge state={stateOf(row)} />
                  </td>
                  <td className="right num muted">
                    <Time at={row.created_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <footer>
        <Link href={`/endpoints/${endpoint.id}/deliveries?status=pending`}>{t.allPending(depth)}</Link>
      </footer>
    </section>
  );
}
