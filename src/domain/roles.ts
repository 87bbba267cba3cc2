/** What a key may be allowed to do. */
export type Permission =
  /** Publish events. */
  | "publish"
  /** Read the workspace's events. */
  | "events:read"
  /** Read endpoints, deliveries, stats, event types, samples. */
  | "endpoints:read"
  /** Create, change, delete and test endpoints, see and rotate secrets; replay, retry, cancel. */
  | "endpoints:write"
  /** Keys, audit, workspace settings, portal sessions, listen; change event types. */
  | "settings"
  | "compat:voice"
  | "compat:atomic";

/** One row per role: everything it may do. */
const roles = {
  admin: [
    "publish",
    "events:read",
    "endpoints:read",
    "endpoints:write",
    "settings",
    "compat:voice",
    "compat:atomic",
  ],
  publisher: ["publish", "events:read"],
  reader: ["events:read", "endpoints:read"],
  workbench: ["compat:atomic"],
  portal: ["endpoints:read", "endpoints:write"],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;

export const ROLE_NAMES = Object.keys(roles) as [Role, ...Role[]];

/** Whether keys of this role may do that. */
export function isAllowed(role: Role, permission: Permission): boolean {
  return (roles[role] as readonly Permission[]).includes(permission);
}
