/** How the portal looks to a workspace's customers. */
export interface PortalSettings {
  /** What it calls itself; null = as the workspace is called. */
  name: string | null;
  logoUrl: string | null;
  /** A colour, `#rrggbb`; null = the service's own. */
  accent: string | null;
  theme: "light" | "dark" | "system";
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
