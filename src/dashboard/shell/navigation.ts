import { List, type LucideIcon, RotateCw, Webhook } from "lucide-react";
import type { ApiKey } from "../../sdk/client/index.ts";
import { text } from "../text/text.ts";

type Role = ApiKey["role"];

export interface Place {
  path: string;
  name: string;
  icon: LucideIcon;
  /** After g it goes there. */
  key?: string;
  /** Who sees it; absent = everybody. */
  roles?: readonly Role[];
}

/** What happens, how it is set, what to ask. */
export const NAVIGATION: readonly (readonly Place[])[] = [
  [
    { path: "/endpoints", name: text.shell.places.endpoints, icon: Webhook, key: "e" },
    { path: "/deliveries", name: text.shell.places.deliveries, icon: List, key: "d" },
    {
      path: "/replays",
      name: text.shell.places.replays,
      icon: RotateCw,
      key: "r",
      roles: ["admin", "reader"],
    },
  ],
];

/** What a role sees. */
export function placesOf(role: Role | undefined): Place[][] {
  return NAVIGATION.map((group) =>
    group.filter(({ roles }) => roles === undefined || role === undefined || roles.includes(role)),
  ).filter((group) => group.length > 0);
}
