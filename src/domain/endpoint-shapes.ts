import type {
  EndpointAuth,
  EndpointConfig,
  EndpointHealth,
  EndpointSecrets,
  SigningSecret,
} from "./endpoint.ts";
import {
  added,
  always,
  fieldsOf,
  kinds,
  listed,
  maybe,
  named,
  nullable,
  record,
  type Stored,
  shapeOf,
} from "./stored.ts";

/* How an endpoint's configuration is stored in its object, its secrets once they are sealed, and its health in D1. */

const readPairs = named(always<string>());

/** How pairs of texts are stored: an endpoint's metadata, and the options of its dialect. */
export const pairsShape = shapeOf(readPairs);

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
    dialectOptions: added({}, readPairs),
    subscription: asStored(),
    policy: asStored(),
    status: always(),
    statusReason: added(null),
    statusVersion: added(null),
    sealed: always(),
  }),
);

type AuthOf<Type extends EndpointAuth["type"]> = Extract<EndpointAuth, { type: Type }>;

const readAuth = kinds<"type", EndpointAuth>("type", {
  basic: record<AuthOf<"basic">>({ type: always(), username: always(), password: always() }),
  bearer: record<AuthOf<"bearer">>({ type: always(), token: always() }),
  header: record<AuthOf<"header">>({ type: always(), name: always(), value: always() }),
  oauth2: record<AuthOf<"oauth2">>({
    type: always(),
    tokenUrl: always(),
    clientId: always(),
    clientSecret: always(),
    scope: always(),
  }),
});

/** What is sealed of an endpoint. */
export const secretsShape = shapeOf(
  record<EndpointSecrets>({
    secrets: listed(record<SigningSecret>({ secret: always(), expiresAt: always(), signsUntil: maybe() })),
    headers: added({}, readPairs),
    auth: added(null, nullable(readAuth)),
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
