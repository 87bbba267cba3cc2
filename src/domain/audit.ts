import { DAY_MS } from "./durations.ts";
/** Who changed something: a key (its name as it was then), the operator, or the service itself. */
export type Actor = { kind: "key"; id: string; name: string } | { kind: "operator" } | { kind: "system" };

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

/** How long entries are kept: a year. */
export const AUDIT_KEPT_MS = 365 * DAY_MS;
