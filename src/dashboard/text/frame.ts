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
  noNumber: "Write a number, such as 5 or 0.5.",
  pause: "Pause",
  remove: "Remove",
  replay: "Replay",
  resume: "Resume",
  retry: "Retry",
  retryNow: "Retry now",
  save: "Save",
  tryAgain: "Try again",
};

/** What did not work, what it means for events, what to do. */
export const failures = {
  notLoaded: (what: string) => `${what} could not be loaded`,
  page: "This page has a fault. Reload it; nothing is lost.",
  network: "The service cannot be reached. Events that it has taken are safe.",
  timeout: "The service did not answer in time. Nothing is lost.",
  forbidden: "This key may not see this: it needs another role.",
  overloaded: (seconds: number | null) =>
    `The service is overloaded${seconds === null ? "" : ` and asks to wait ${countText(seconds, "second")}`}. Nothing is lost.`,
  internal: (requestId: string | null) =>
    `The service has a fault. Events that it has taken are safe. If it stays so, its log tells more of ${requestId ?? "it"}.`,
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
  main: "Main",
  menu: "Menu",
  needAttention: (count: number) => (count === 1 ? "needs attention" : "need attention"),
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
  product: "Atlas Webhooks",
  signIn: "Sign in",
  signOut: "Sign out",
  notFound: "Not found",
  thePage: "The page",
  noPage: "There is no such page",
  noPageMeans: "The address may have been mistyped, or what it names was deleted.",
  keysTitle: "Keyboard shortcuts",
  keys: {
    everywhere: "Everywhere",
    list: "In lists",
    palette: "Search or jump",
    search: "Go to the search field",
    filter: "Add a filter",
    help: "All keys",
    go: (place: string) => `Go to ${place}`,
    down: "Next row",
    up: "Row before",
    select: "Select the row",
    selectTo: "Select up to here",
    open: "Open the row",
    retry: "Retry the delivery",
    curl: "Copy the delivery as curl",
    clear: "Clear the selection",
  },
  palette: {
    hint: "Page, endpoint, event type, or a pasted id",
    pages: "Pages",
    endpoints: "Endpoints",
    actions: "Actions",
    ids: "Open",
    results: "Results",
    nothing: "Nothing has this name.",
    pause: (name: string) => `Pause ${name}`,
    resume: (name: string) => `Resume ${name}`,
    openDelivery: (id: string) => `Delivery ${id}`,
    openEndpoint: (id: string) => `Endpoint ${id}`,
    openEvent: (id: string) => `Event ${id}`,
    move: "move",
    take: "open",
    close: "close",
  },
  skip: "Skip to content",
  theme: (theme: string) => `Theme: ${theme}`,
};
