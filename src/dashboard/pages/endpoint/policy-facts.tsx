import type { Endpoint } from "../../../sdk/client/index.ts";
import { durationText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.policy;

/** What of an endpoint says how it delivers. */
export type Policy = Pick<
  Endpoint,
  | "transport"
  | "types"
  | "filter"
  | "retry"
  | "timeout"
  | "order"
  | "rate_limit"
  | "on_dead_letter"
  | "dialect"
  | "max_in_flight"
>;

function orderText(order: Policy["order"], inFlight: number): string {
  if (order === "endpoint") return t.strict;
  return order === "none" ? t.inFlight(inFlight) : t.byKey(order.by, inFlight);
}

/** An endpoint's rules in words. */
export function PolicyFacts({ endpoint }: { endpoint: Policy }) {
  const {
    transport,
    types,
    filter,
    retry,
    timeout,
    order,
    rate_limit,
    on_dead_letter,
    dialect,
    max_in_flight,
  } = endpoint;
  return (
    <dl className="kv">
      <dt>{t.contract}</dt>
      <dd>{dialect}</dd>
      <dt>{t.transport}</dt>
      <dd>{t.transports[transport]}</dd>
      <dt>{t.types}</dt>
      <dd className="mono wraps">{types.join(", ")}</dd>
      {filter !== null && (
        <>
          <dt>{t.filter}</dt>
          <dd>
            <code className="wraps">{filter}</code>
          </dd>
        </>
      )}
      <dt>{t.retry}</dt>
      <dd>
        {t.attempts(retry.delays.length + 1, durationText(retry.delays.reduce((sum, one) => sum + one, 0)))}
      </dd>
      <dt>{t.timeout}</dt>
      <dd>{t.perAttempt(durationText(timeout))}</dd>
      <dt>{t.order}</dt>
      <dd>{orderText(order, max_in_flight)}</dd>
      {rate_limit !== null && (
        <>
          <dt>{t.rate}</dt>
          <dd>{t.perSecond(rate_limit.per_second)}</dd>
        </>
      )}
      <dt>{t.deadLetter}</dt>
      <dd>{t.onDeadLetter[on_dead_letter]}</dd>
    </dl>
  );
}
