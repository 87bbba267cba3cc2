/** What a key may be allowed to do. */
export type Permission =
  /** Learn whose key it is. */
  | "itself"
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
    "itself",
    "publish",
    "events:read",
    "endpoints:read",
    "endpoints:write",
    "settings",
    "compat:voice",
    "compat:atomic",
  ],
  publisher: ["itself", "publish", "events:read"],
  reader: ["itself", "events:read", "endpoints:read"],
  workbench: ["itself", "compat:atomic"],
  portal: ["itself", "endpoints:read", "endpoints:write"],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;

export const ROLE_NAMES = Object.keys(roles) as [Role, ...Role[]];

/** Whether keys of this role may do that. */
export function isAllowed(role: Role, permission: Permission): boolean {
  return (roles[role] as readonly Permission[]).includes(permission);
}

/** The roles whose keys may do that. */
export function rolesWith(permission: Permission): Role[] {
  return ROLE_NAMES.filter((role) => isAllowed(role, permission));
}
