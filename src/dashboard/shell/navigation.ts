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

export interface Place {
  path: string;
  name: string;
  icon: LucideIcon;
}

/** What happens, how it is set, what to ask. */
export const NAVIGATION: readonly (readonly Place[])[] = [
  [
    { path: "/", name: "Overview", icon: LayoutDashboard },
    { path: "/endpoints", name: "Endpoints", icon: Webhook },
    { path: "/deliveries", name: "Deliveries", icon: List },
    { path: "/events", name: "Events", icon: Activity },
    { path: "/replays", name: "Replays", icon: RotateCw },
    { path: "/inbox", name: "Inbox", icon: Inbox },
  ],
  [
    { path: "/event-types", name: "Event types", icon: Braces },
    { path: "/keys", name: "Keys", icon: KeyRound },
    { path: "/audit", name: "Audit log", icon: ScrollText },
    { path: "/settings", name: "Settings", icon: Settings },
  ],
  [
    { path: "/explain", name: "Why did it not arrive?", icon: CircleHelp },
    { path: "/signature", name: "Signature debugger", icon: Fingerprint },
  ],
];
