import { countText, numberText } from "./format.ts";

/** Verbs of buttons that occur everywhere. */
export const actions = {
  cancel: "Cancel",
  clear: "Clear",
  close: "Close",
  copied: "Copied",
  copy: "Copy",
  edit: "Edit",
  copyOf: (what: string) => `Copy ${what}`,
  keep: "Keep it",
  more: "Show more",
  pause: "Pause",
  remove: "Remove",
  replay: "Replay",
  resume: "Resume",
  retry: "Retry",
  retryNow: "Retry now",
  save: "Save",
  tryAgain: "Try again",
};

export const states = {
  canceled: "Canceled",
  dead: "Dead",
  delivered: "Delivered",
  disabled: "Disabled",
  enabled: "Enabled",
  failing: "Failing",
  missed: "Missed",
  paused: "Paused",
  pending: "Pending",
  retrying: "Retrying",
  unmatched: "Did not match",
};

export const code = {
  showCharacters: (count: string) => `show all ${count} characters`,
  showLines: (count: number) => `Show all ${numberText(count)} lines`,
};

export const diff = {
  add: "added: ",
  del: "removed: ",
  same: (what: string) => `${what}: no difference.`,
  skipped: (count: number) => `… ${countText(count, "line")} the same`,
};

export const filters = {
  add: "Filter",
  apply: "Apply",
  back: "All filters",
  label: "Filters",
  remove: (name: string, value: string) => `Remove filter: ${name} is ${value}`,
  change: (name: string, value: string) => `Change filter: ${name} is ${value}`,
  from: "From",
  to: "To",
};

export const shell = {
  breadcrumb: "Breadcrumb",
  jump: "Search or jump",
  live: (role: string) => `${role.charAt(0).toUpperCase()}${role.slice(1)} key`,
  menu: "Menu",
  needAttention: (count: number) => `${countText(count, "needs", "need")} attention`,
  places: {
    overview: "Overview",
    endpoints: "Endpoints",
    deliveries: "Deliveries",
    events: "Events",
    replays: "Replays",
    inbox: "Inbox",
    eventTypes: "Event types",
    keys: "Keys",
    audit: "Audit log",
    settings: "Settings",
    explain: "Why did it not arrive?",
    signature: "Signature debugger",
  },
  shortcuts: "Keyboard shortcuts",
  signOut: "Sign out",
  skip: "Skip to content",
  theme: (theme: string) => `Theme: ${theme}`,
};
