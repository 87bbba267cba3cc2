import { memo } from "react";
import { Link } from "wouter";
import type { Delivery, Endpoint } from "../../../sdk/client/index.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { SelectCell } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { hostOf, latencyText, numberText, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { answerText, stateOf } from "./state.ts";

interface RowProps {
  delivery: Delivery;
  endpoint: Endpoint | undefined;
  /** Whether a column names the endpoint. */
  hasEndpoint: boolean;
  index: number;
  isSelected: boolean;
  isCursor: boolean;
  isFresh: boolean;
  onToggle(index: number, upTo: boolean): void;
}

/** The address of a delivery's page. */
export function deliveryHref({ id, endpoint_id }: Pick<Delivery, "id" | "endpoint_id">): string {
  return `/deliveries/${endpoint_id}/${id}`;
}

/** One delivery as a row. */
export const DeliveryRow = memo(function DeliveryRow({
  delivery,
  endpoint,
  hasEndpoint,
  index,
  isSelected,
  isCursor,
  isFresh,
  onToggle,
}: RowProps) {
  const sequence = sequenceText(delivery.sequence);
  const host = endpoint === undefined ? delivery.endpoint_id : hostOf(endpoint.url);
  const href = deliveryHref(delivery);
  const last = delivery.last_attempt;
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={[isCursor && "cursor", isFresh && "new"].filter(Boolean).join(" ") || undefined}
    >
      <SelectCell
        label={text.deliveries.select(sequence)}
        index={index}
        isSelected={isSelected}
        onToggle={onToggle}
      />
      <td className="num hide-s">
        <Link href={href}>{sequence}</Link>
      </td>
      <td className={hasEndpoint ? "wide half" : "wide"}>
        <div className="two phone">
          <Link className="mono cut" href={href}>
            {delivery.event_type}
          </Link>
          <small className="cut">
            {sequence}, {host}
          </small>
        </div>
        <span className="mono hide-s cut">{delivery.event_type}</span>
      </td>
      {hasEndpoint && <td className="muted hide-s hide-l half cut">{host}</td>}
      <td>
        <Badge state={stateOf(delivery)} />
      </td>
      <td className="right num hide-s">
        {delivery.attempt_count === 0 ? <span className="faint">0</span> : numberText(delivery.attempt_count)}
      </td>
      <td className={last !== null && last.outcome === "failure" ? "hide-m" : "hide-m muted"}>
        {answerText(delivery, endpoint)}
      </td>
      <td className="right num hide-m muted">{latencyText(last?.duration_ms)}</td>
      <td className="right num muted">
        <Time at={delivery.created_at} />
      </td>
    </tr>
  );
});
