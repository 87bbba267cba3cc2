import { Link } from "wouter";
import type { EndpointQueue } from "../../../sdk/client/index.ts";
import { Empty } from "../../components/states/states.tsx";
import { Table } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { numberText, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.order;

const COLUMNS = [
  { title: t.key },
  { title: text.deliveries.columns.sequence },
  { title: t.attempts, className: "hide-s" },
  { title: t.dueAt, className: "right" },
];

/** The keys of an order by key whose first delivery waits, each with that delivery. */
export function HeldKeys({
  endpointId,
  keys: { held, heads },
}: {
  endpointId: string;
  keys: NonNullable<EndpointQueue["keys"]>;
}) {
  return (
    <section className="card" aria-label={t.keys}>
      <header>
        <h2>{t.keys}</h2>
        <span className="faint num">{t.keysHeld(held)}</span>
      </header>
      {heads.length === 0 ? (
        <Empty title={t.noKeysTitle}>{t.noKeys}</Empty>
      ) : (
        <Table columns={COLUMNS}>
          <tbody>
            {heads.map(({ key, delivery_id, sequence, attempt_count, due_at }) => (
              <tr key={delivery_id}>
                <td className="mono cut wide">
                  {key === "" ? <span className="faint">{t.withoutKey}</span> : key}
                </td>
                <td className="num">
                  <Link href={`/deliveries/${endpointId}/${delivery_id}`}>{sequenceText(sequence)}</Link>
                </td>
                <td className="num hide-s">{numberText(attempt_count)}</td>
                <td className="right num muted">
                  <Time at={due_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}
