import type { EndpointConfig, EndpointHealth, EndpointSecrets, SigningSecret } from "./endpoint.ts";
import { added, always, fieldsOf, listed, maybe, named, record, type Stored, shapeOf } from "./stored.ts";

/* How an endpoint's configuration is stored in its object, its secrets once they are sealed, and its health in D1. */

/** How pairs of texts are stored: an endpoint's metadata, and the options of its dialect. */
export const pairsShape = shapeOf(named(always<string>()));

/** The parts that have readers of their own (`contract/`) stay as they are stored. */
const asStored =
  <Value>(): ((value: unknown) => Stored<Value>) =>
  (value) =>
    fieldsOf(value) as unknown as Stored<Value>;

export const endpointConfigShape = shapeOf(
  record<EndpointConfig>({
    id: always(),
    workspaceId: always(),
    version: always(),
    url: always(),
    dialect: always(),
    dialectOptions: added({}),
    subscription: asStored(),
    policy: asStored(),
    status: always(),
    statusReason: added(null),
    statusVersion: added(null),
    sealed: always(),
  }),
);

/** What is sealed of an endpoint. */
export const secretsShape = shapeOf(
  record<EndpointSecrets>({
    secrets: listed(record<SigningSecret>({ secret: always(), expiresAt: always(), signsUntil: maybe() })),
    headers: added({}),
    auth: added(null),
  }),
);

const healthFields = record<EndpointHealth>({
  at: always(),
  delivered: added(0),
  dead: added(0),
  retried: added(0),
  attempts: added(0),
  avgLatencyMs: added(null),
  pending: added(0),
});

/** An endpoint's health as D1 holds it; null = none yet. */
export function readHealth(health: Stored<EndpointHealth> | null): EndpointHealth | null {
  return health === null ? null : healthFields(health);
}
