import type { OutgoingDelivery } from "../domain/delivery.ts";
import { percentEncoded } from "./percent-encoded.ts";

/** Their names. */
export const ORDER_HEADERS = ["Atlas-Key", "Atlas-Key-Sequence"] as const;

/**
 * The headers that say where a delivery lies in the order of its key; none where its endpoint does not deliver by key. Events
 * that have no key have the sequence of their own alone.
 */
export function orderHeaders({ keyPlace }: Pick<OutgoingDelivery, "keyPlace">): Record<string, string> {
  if (!keyPlace) return {};
  const { key, sequence } = keyPlace;
  return {
    ...(key === "" ? {} : { "Atlas-Key": percentEncoded(key) }),
    "Atlas-Key-Sequence": String(sequence),
  };
}
