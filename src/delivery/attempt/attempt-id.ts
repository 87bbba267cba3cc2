import { createHash } from "node:crypto";
import type { OutgoingDelivery } from "../../domain/delivery.ts";

/** What an attempt is named by: the same delivery, attempt and time give the same id again. */
export type AttemptPlace = Pick<OutgoingDelivery, "endpointId" | "sequence" | "attempt" | "event">;

/** The namespace of attempts' ids. */
const NAMESPACE = Buffer.from("5a0c9d0e6d0f4c57a1c0b6f5a7c1e2d3", "hex");

/**
 * The UUID of an attempt (version 5, RFC 9562, 5.5). It is computed rather than drawn, so that what an attempt on record
 * sent can be built again to the byte.
 * @param startedAt Unix milliseconds; tells apart two attempts of which a crash kept the first from being counted
 */
export function attemptIdOf(
  { endpointId, sequence, attempt, event }: AttemptPlace,
  startedAt: number,
): string {
  const name = [endpointId, sequence, attempt, event.id, startedAt].join(" ");
  const hex = createHash("sha1").update(NAMESPACE).update(name).digest("hex");
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
