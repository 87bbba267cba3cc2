import { type ReactNode, useId, useState } from "react";
import type { Attempt } from "../../../sdk/client/index.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Diff } from "../../components/diff/diff.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { latencyText, sizeText, statusText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.delivery;

/** Two attempts side by side, and what differs. */
export function Compare({ attempts }: { attempts: readonly Attempt[] }) {
  const [first] = attempts;
  const last = attempts.at(-1);
  const [left, setLeft] = useState(first?.number ?? 1);
  const [right, setRight] = useState(last?.number ?? 1);
  const id = useId();
  const one = attempts.find(({ number }) => number === left);
  const other = attempts.find(({ number }) => number === right);
  if (one === undefined || other === undefined) return null;
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{t.compare}</h2>
        <span className="row">
          <Pick label={t.left} attempts={attempts} value={left} onPick={setLeft} />
          <span className="faint">{t.with}</span>
          <Pick label={t.right} attempts={attempts} value={right} onPick={setRight} />
        </span>
      </header>
      <div className="body stack">
        <div className="card flat">
          <table>
            <thead>
              <tr>
                <td />
                <th scope="col">{t.attempt(left)}</th>
                <th scope="col">{t.attempt(right)}</th>
              </tr>
            </thead>
            <tbody>
              <Row name={t.compared.answer} one={<Answer of={one} />} other={<Answer of={other} />} />
              <Row
                name={t.compared.started}
                one={<ClockTime at={one.started_at} />}
                other={<ClockTime at={other.started_at} />}
              />
              <Row
                name={t.compared.duration}
                one={latencyText(one.duration_ms)}
                other={latencyText(other.duration_ms)}
              />
              <Row name={t.compared.body} one={sizeOf(one)} other={sizeOf(other)} />
            </tbody>
          </table>
        </div>
        <Diff title={t.answerDiff(left, right)} before={answerText(one)} after={answerText(other)} />
        <Diff
          title={t.headersDiff(left, right)}
          before={headersText(one.request.headers)}
          after={headersText(other.request.headers)}
        />
      </div>
    </section>
  );
}

function Pick({
  label,
  attempts,
  value,
  onPick,
}: {
  label: string;
  attempts: readonly Attempt[];
  value: number;
  onPick(number: number): void;
}) {
  return (
    <select
      className="select"
      aria-label={label}
      value={value}
      onChange={({ target }) => onPick(Number(target.value))}
    >
      {attempts.map(({ number }) => (
        <option key={number} value={number}>
          {t.attempt(number)}
        </option>
      ))}
    </select>
  );
}

function Row({ name, one, other }: { name: string; one: ReactNode; other: ReactNode }) {
  return (
    <tr className="slim">
      <th scope="row" className="muted">
        {name}
      </th>
      <td className="num">{one}</td>
      <td className="num">{other}</td>
    </tr>
  );
}

function Answer({ of: { outcome, error, response } }: { of: Attempt }) {
  return (
    <Badge state={outcome === "success" ? "delivered" : "dead"}>
      {response?.status ?? text.attemptErrors[error ?? ""]?.short}
    </Badge>
  );
}

function sizeOf({ response }: Attempt): string {
  return response === null ? "–" : sizeText(new TextEncoder().encode(response.body).length);
}

function answerText({ response, error }: Attempt): string {
  if (response === null) return text.attemptErrors[error ?? ""]?.short ?? "";
  return `${statusText(response.status)}\n${headersText(response.headers)}\n\n${response.body}`;
}

function headersText(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
