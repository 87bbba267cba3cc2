import { createHash } from "node:crypto";
import { type Keyed, orderKeyIn } from "../../domain/order.ts";

/** A longer key is stored, and shown, as its hash: 64 digits behind `sha256:`. */
const LONGEST_KEY = 256;

/** So is one with this in it, at which SQLite's own functions end a text. */
const END_OF_TEXT = "\0";

/** The key that an event has by an order; empty = it has none. */
export function orderKeyOf(by: string, event: Keyed): string {
  return boundedKey(orderKeyIn(by, event));
}

/** A key as it is stored, and shown. */
export function boundedKey(key: string): string {
  // What is no text in UTF-8 would be stored as another key.
  if (key.length <= LONGEST_KEY && key.isWellFormed() && !key.includes(END_OF_TEXT)) return key;
  const text = key.isWellFormed() ? key : JSON.stringify(key);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
