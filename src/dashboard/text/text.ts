import * as attemptErrors from "./attempt-errors.ts";
import * as deliveries from "./deliveries.ts";
import * as endpointForm from "./endpoint-form.ts";
import * as endpoints from "./endpoints.ts";
import * as events from "./events.ts";
import * as frame from "./frame.ts";
import * as inbox from "./inbox.ts";
import * as overview from "./overview.ts";
import * as reference from "./reference.ts";
import * as replays from "./replays.ts";
import * as signature from "./signature.ts";
import * as workspace from "./workspace.ts";

/** Every sentence of the page, by where it stands. */
export const text = {
  ...attemptErrors,
  ...deliveries,
  ...endpointForm,
  ...endpoints,
  ...events,
  ...frame,
  ...inbox,
  ...overview,
  ...reference,
  ...replays,
  ...signature,
  ...workspace,
};
