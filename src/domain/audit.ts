import { DAY_MS } from "./durations.ts";
import { LISTENER_LEFT } from "./listening.ts";
import { always, json, kinds, named, record, shapeOf } from "./stored.ts";

/** Who changed something: a key (its name as it was then), the operator, or the service itself. */
export type Actor = { kind: "key"; id: string; name: string } | { kind: "operator" } | { kind: "system" };

type ActorOf<Kind extends Actor["kind"]> = Extract<Actor, { kind: Kind }>;

/** How an entry's actor is stored. */
export const actorShape = shapeOf(
  kinds<"kind", Actor>("kind", {
    key: record<ActorOf<"key">>({ kind: always(), id: always(), name: always() }),
    operator: record<ActorOf<"operator">>({ kind: always() }),
    system: record<ActorOf<"system">>({ kind: always() }),
  }),
);

/** How what differs is stored: the fields as they were shown then, of which later versions may have more. */
export const auditedFieldsShape = shapeOf(named<unknown>(json()));

/** What can happen to the configuration. */
export const AUDIT_ACTIONS = [
  "workspace.created",
  "workspace.updated",
  "workspace.deleted",
  "key.created",
  "key.revoked",
  "portal_session.created",
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "endpoint.secret_rotated",
  "endpoint.status_changed",
  "event_type.created",
  "event_type.updated",
  "event_type.deleted",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A change as the audit log tells it. `before` and `after` hold what differs, secrets as `***`; null = it did not exist. */
export interface AuditedChange {
  action: AuditAction;
  /** The id of what was changed. */
  target: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  /** The version that an endpoint became. */
  version?: number;
}

/** Why the service itself disables an endpoint. */
export const DISABLED_BY_ITSELF = ["gone", "consecutive_failures", LISTENER_LEFT] as const;

/** Why an endpoint was disabled; `by_hand`: a key or the operator did it. */
export const DISABLED_BECAUSE = [...DISABLED_BY_ITSELF, "by_hand"] as const;

export type DisabledBecause = (typeof DISABLED_BECAUSE)[number];

/** How long entries are kept: a year. */
export const AUDIT_KEPT_MS = 365 * DAY_MS;
