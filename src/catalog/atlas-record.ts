import type { JsonObject, Shape } from "./shape.ts";
import { type Fields, object, text, time } from "./shape.ts";

/* What all objects of the native contract share. */

export const ATLAS = ["atlas"];

/** What an object's types add when something of it changed, or when it was deleted. */
export const changed = { updated_at: time("2026-04-05T19:34:38.000Z"), updated_by: text("user_01HFXZQK7M") };
export const deleted = { deleted_at: time("2026-06-01T08:00:00.000Z") };

/** An object of which only `id` is required, so that a publisher may send as much as it has. */
export function record(id: string, ...fields: Fields[]): Shape<JsonObject> {
  return object({ id: text(id) }, Object.assign({}, ...fields));
}
