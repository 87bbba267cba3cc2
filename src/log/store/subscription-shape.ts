import { readSubscription } from "../../contract/endpoint-fields.ts";
import type { LogSubscription } from "../../domain/endpoint.ts";
import { added, always, fieldsOf, record, shapeOf, stored } from "../../domain/stored.ts";

/** A subscription as the log stores it. */
export const subscriptionShape = shapeOf(
  record<LogSubscription>({
    endpointId: always(),
    version: always(),
    subscription: (value) => readSubscription(stored(fieldsOf(value))),
    disabled: added(false),
  }),
);
