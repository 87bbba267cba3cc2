import type { Delivery } from "../../sdk/client/index.ts";

/** The newest rows that are kept at hand. */
const KEPT = 200;

/**
 * What a socket tells of deliveries beside a list that is asked for now and then. What is told while the list is on its way
 * may have come after it was read: it counts more than the list.
 */
export class Told {
  #meanwhile: readonly Delivery[] = [];

  /** The list is asked for. */
  asked(): void {
    this.#meanwhile = [];
  }

  /** A socket tells. */
  add(changed: readonly Delivery[]): void {
    this.#meanwhile = merged(this.#meanwhile, changed);
  }

  /** The list that came, with what was told since it was asked for, among the rows that are at hand. */
  with(known: readonly Delivery[], list: readonly Delivery[]): Delivery[] {
    return merged(merged(known, list), this.#meanwhile);
  }
}

/** The newest first, each as it is now. */
export function merged(rows: readonly Delivery[], changed: readonly Delivery[]): Delivery[] {
  const byId = new Map([...rows, ...changed].map((row) => [row.id, row]));
  return [...byId.values()]
    .sort((one, other) => other.created_at.localeCompare(one.created_at) || other.sequence - one.sequence)
    .slice(0, KEPT);
}
