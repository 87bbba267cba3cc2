import {
  Activity,
  Braces,
  CircleHelp,
  Fingerprint,
  Inbox,
  KeyRound,
  LayoutDashboard,
  List,
  type LucideIcon,
  RotateCw,
  ScrollText,
  Settings,
  Webhook,
} from "lucide-react";
import type { ApiKey } from "../../sdk/client/index.ts";
import { text } from "../text/text.ts";

type Role = ApiKey["role"];

export interface Place {
  path: string;
  /** Called where it is shown: a workspace may have put its own word there. */
  name(): string;
  icon: LucideIcon;
  /** After g it goes there. */
  key?: string;
  /** Who sees it; absent = everybody. */
  roles?: readonly Role[];
}

const t = text.shell.places;

/** Whoever sees the whole workspace. */
const READERS: readonly Role[] = ["admin", "reader"];

/** What happens, how it is set, what to ask. */
export const NAVIGATION: readonly (readonly Place[])[] = [
  [
    { path: "/", name: () => t.overview, icon: LayoutDashboard, key: "o" },
    { path: "/endpoints", name: () => t.endpoints, icon: Webhook, key: "e" },
    { path: "/deliveries", name: () => t.deliveries, icon: List, key: "d" },
    {
      path: "/events",
      name: () => t.events,
      icon: Activity,
      key: "v",
      roles: ["admin", "reader", "publisher"],
    },
    { path: "/replays", name: () => t.replays, icon: RotateCw, key: "r", roles: READERS },
    { path: "/inbox", name: () => t.inbox, icon: Inbox, key: "i", roles: ["admin", "reader", "portal"] },
  ],
  [
    { path: "/event-types", name: () => t.eventTypes, icon: Braces, key: "t" },
    { path: "/keys", name: () => t.keys, icon: KeyRound, roles: ["admin"] },
    { path: "/audit", name: () => t.audit, icon: ScrollText, roles: ["admin"] },
    { path: "/settings", name: () => t.settings, icon: Settings, roles: ["admin"] },
  ],
  [
    { path: "/explain", name: () => t.explain, icon: CircleHelp, roles: READERS },
    { path: "/signature", name: () => t.signature, icon: Fingerprint, roles: READERS },
  ],
];

/** What a role sees; nothing while it is not known. */
export function placesOf(role: Role | undefined): Place[][] {
  return NAVIGATION.map((group) =>
    group.filter(({ roles }) => role !== undefined && (roles === undefined || roles.includes(role))),
  ).filter((group) => group.length > 0);
}

/** Which pages lead to them though no role's navigation does: of a delivery, of an inbox. */
const LED_TO = ["/explain", "/signature"];

/** Whether there is no such page for a role: its keys are refused what the page would show. */
export function isClosed(role: Role | undefined, path: string): boolean {
  const place = NAVIGATION.flat().find(({ path: to }) => isAt(path, to));
  if (role === undefined || place?.roles === undefined || LED_TO.includes(place.path)) return false;
  return !place.roles.includes(role);
}

/** Whether a path is a place's, or below it. */
export function isAt(path: string, to: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
}
