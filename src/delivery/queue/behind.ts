import { type Order, orderBy } from "../../domain/order.ts";
import type { DeliveryQueue } from "./queue.ts";

/** The queue, as far as it says what a delivery waits for. */
type Waiting = Pick<DeliveryQueue, "keys" | "lowestPending" | "storedKeys">;

/** The first of the order in which a pending delivery waits, if it is another one; `key`: null = the endpoint's. */
export function headBefore(
  queue: Waiting,
  order: Order,
  sequence: number,
): { sequence: number; key: string | null } | null {
  if (order === "none") return null;
  const key = order === "endpoint" ? null : (queue.storedKeys.placeOf(sequence)?.key ?? null);
  if (order !== "endpoint" && key === null) return null;
  const head = key === null ? (queue.lowestPending()?.sequence ?? null) : queue.keys.headOf(key);
  return head === null || head === sequence ? null : { sequence: head, key };
}

/** Whether those of a stored delivery's key are being canceled, by an order by key. */
export function isWithheld(queue: Waiting, order: Order, sequence: number): boolean {
  const place = orderBy(order) === null ? null : queue.storedKeys.placeOf(sequence);
  return place !== null && queue.keys.isWithheld(place.key);
}
