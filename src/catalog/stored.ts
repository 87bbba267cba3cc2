import { always, json, listed, named, shapeOf } from "../domain/stored.ts";
import type { JsonValue } from "./shape.ts";

/* How D1 holds what workspaces have of the catalog. */

/** A schema, or a sample: whatever JSON object a publisher gave. */
export const jsonObjectShape = shapeOf(named<JsonValue>(json()));

/** The contracts whose event types a workspace started with. */
export const contractsShape = shapeOf(listed(always<string>()));
