import { added, always, named, record, type Stored } from "./stored.ts";

/** The portal's colours; `system` = as the reader's device is set. */
export const PORTAL_THEMES = ["light", "dark", "system"] as const;

export type PortalTheme = (typeof PORTAL_THEMES)[number];

/** How the portal looks to a workspace's customers. */
export interface PortalSettings {
  /** What it calls itself; null = as the workspace is called. */
  name: string | null;
  logoUrl: string | null;
  /** A colour, `#rrggbb`; null = the service's own. */
  accent: string | null;
  theme: PortalTheme;
  /** Where a page gets a new session when its own has expired; null = nowhere. */
  refreshUrl: string | null;
  /** Origins whose pages may show it in a frame. */
  frameAncestors: string[];
  /** Texts in place of its own, by their names. */
  localeStrings: Record<string, string>;
}

/** What a workspace has that never chose. */
export const PLAIN_PORTAL: PortalSettings = {
  name: null,
  logoUrl: null,
  accent: null,
  theme: "system",
  refreshUrl: null,
  frameAncestors: [],
  localeStrings: {},
};

const portalFields = record<PortalSettings>({
  name: added(null),
  logoUrl: added(null),
  accent: added(null),
  theme: added(PLAIN_PORTAL.theme),
  refreshUrl: added(null),
  frameAncestors: added(PLAIN_PORTAL.frameAncestors),
  localeStrings: added(PLAIN_PORTAL.localeStrings, named(always())),
});

/** How a workspace's portal looks as D1 holds it; null = it never chose. */
export function readPortal(portal: Stored<PortalSettings> | null): PortalSettings {
  return portal === null ? PLAIN_PORTAL : portalFields(portal);
}
