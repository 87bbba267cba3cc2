import { Link } from "wouter";
import type { Delivery, Endpoint } from "../../../sdk/client/index.ts";
import { useAround } from "../../api/deliveries.ts";
import { useQueue } from "../../api/endpoints.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Card } from "../../components/card/card.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { Table } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { stateOf } from "../deliveries/state.ts";
import { HealthFacts } from "./health-facts.tsx";
import { HeldKeys } from "./held-keys.tsx";
import { OrderHead } from "./order-head.tsx";
import { OrderStrip } from "./order-strip.tsx";
import { PolicyFacts } from "./policy-facts.tsx";
import { TransportCard } from "./transport-card.tsx";

const t = text.order;

/** What the endpoint's order waits for, since when and why, and what waits behind it. */
export function OrderTab({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const queue = useQueue(endpoint.id);
  const head = queue.data?.head ?? null;
  const depth = queue.data?.depth ?? 0;
  // Until the head is known, the newest would stand there for a moment.
  const around = useAround(endpoint.id, head?.sequence ?? null, queue.isSuccess);
  const rows = around.data ?? [];
  return (
    <>
      <section className="card" aria-label={endpoint.serialize ? t.head : t.next}>
        {queue.isPending && <Skeleton lines={4} />}
        {queue.isError && (
          <LoadError what={text.endpoint.what} error={queue.error} retry={() => queue.refetch()} />
        )}
        {queue.isSuccess && <OrderHead endpoint={endpoint} queue={queue.data} mayWrite={mayWrite} />}
        {rows.length > 0 && <OrderStrip rows={rows} head={endpoint.serialize ? head : null} depth={depth} />}
      </section>
      {queue.data?.keys && <HeldKeys endpointId={endpoint.id} keys={queue.data.keys} />}
      <div className="cols">
        {queue.isSuccess && depth === 0 && around.isSuccess ? (
          <Latest endpoint={endpoint} rows={rows} />
        ) : (
          <Behind endpoint={endpoint} depth={depth} rows={rows} head={head} />
        )}
        <aside className="stack" aria-label={text.endpoint.facts}>
          {endpoint.transport !== "http" && (
            <TransportCard endpoint={endpoint} listeners={queue.data?.listeners ?? null} />
          )}
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

interface BehindProps {
  endpoint: Endpoint;
  depth: number;
  rows: readonly Delivery[];
  head: Delivery | null;
}

const COLUMNS = [
  { title: text.deliveries.columns.sequence },
  { title: text.deliveries.columns.type },
  { title: text.deliveries.columns.status, className: "hide-s" },
];

/** So many of them. */
const SHOWN = 8;

/** The deliveries that come next. `rows`: the sequences around the head. */
function Behind({ endpoint, depth, rows: around, head }: BehindProps) {
  const rows = around
    .filter(({ id, status }) => status === "pending" && id !== head?.id)
    .toSorted(endpoint.serialize ? bySequence : byDueTime)
    .slice(0, SHOWN);
  return (
    <section className="card" aria-label={t.nextInOrder}>
      <header>
        <h2>{t.nextInOrder}</h2>
        <span className="faint num">{t.pending(depth)}</span>
      </header>
      {rows.length === 0 ? (
        <Empty title={t.nothingTitle}>{t.nothing}</Empty>
      ) : (
        <Rows of={rows} since={t.since} />
      )}
      <footer>
        <Link href={`/endpoints/${endpoint.id}/deliveries?status=pending`}>{t.allPending(depth)}</Link>
      </footer>
    </section>
  );
}

/** Where nothing waits: what came last. */
function Latest({ endpoint, rows: around }: Pick<BehindProps, "endpoint" | "rows">) {
  const rows = around.toReversed().slice(0, SHOWN);
  return (
    <section className="card" aria-label={t.latest}>
      <header>
        <h2>{t.latest}</h2>
      </header>
      {rows.length === 0 ? (
        <Empty title={text.deliveries.emptyTitle}>{text.deliveries.empty}</Empty>
      ) : (
        <>
          <Rows of={rows} since={text.deliveries.columns.age} />
          <footer>
            <Link href={`/endpoints/${endpoint.id}/deliveries`}>{t.all}</Link>
          </footer>
        </>
      )}
    </section>
  );
}

function Rows({ of: rows, since }: { of: readonly Delivery[]; since: string }) {
  return (
    <Table columns={[...COLUMNS, { title: since, className: "right" }]}>
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
    </Table>
  );
}

function bySequence(one: Delivery, other: Delivery): number {
  return one.sequence - other.sequence;
}

function byDueTime(one: Delivery, other: Delivery): number {
  return (one.next_attempt_at ?? "").localeCompare(other.next_attempt_at ?? "") || bySequence(one, other);
}
