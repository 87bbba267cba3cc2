import type { Delivery } from "../../sdk/client/index.ts";
import type { DeliveryPage } from "./newest-first.ts";

/** The newest rows that are kept at hand. */
const KEPT = 200;

/**
 * What a socket tells of deliveries beside a list that is asked for now and then. What is told while the list is on its way
 * may have come after it was read: it counts more than the list.
 */
export class Told {
  #meanwhile: readonly Delivery[] = [];

  /** The list is asked for. */
  noteAsked(): void {
    this.#meanwhile = [];
  }

  /** A socket tells. */
  add(changed: readonly Delivery[]): void {
    this.#meanwhile = merged(this.#meanwhile, changed);
  }

  /**
   * The first page of the list that came, with what was told since it was asked for, among the rows that are at hand. Those
   * that it would have, and has not, are what is asked for no more: they go.
   */
  with(known: readonly Delivery[], page: DeliveryPage): Delivery[] {
    const beyond = known.filter((row) => !isWithin(row, page));
    return merged(merged(beyond, page.data), this.#meanwhile);
  }
}

/** Whether a list would have the row on its first page: not where it has no room for it. */
function isWithin(row: Delivery, { data, next }: DeliveryPage): boolean {
  if (next === null) return true;
  return data.some(
    ({ created_at, endpoint_id }) =>
      created_at < row.created_at && ("sources" in next || endpoint_id === row.endpoint_id),
  );
}

/** The newest first, each as it is now. */
export function merged(rows: readonly Delivery[], changed: readonly Delivery[]): Delivery[] {
  const byId = new Map([...rows, ...changed].map((row) => [row.id, row]));
  return [...byId.values()]
    .sort((one, other) => other.created_at.localeCompare(one.created_at) || other.sequence - one.sequence)
    .slice(0, KEPT);
}
