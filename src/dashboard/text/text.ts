import * as attemptErrors from "./attempt-errors.ts";
import * as deliveries from "./deliveries.ts";
import * as endpointForm from "./endpoint-form.ts";
import * as endpoints from "./endpoints.ts";
import * as frame from "./frame.ts";
import * as replays from "./replays.ts";

/** Every sentence of the page, by where it stands. */
export const text = { ...frame, ...attemptErrors, ...deliveries, ...endpoints, ...endpointForm, ...replays };
