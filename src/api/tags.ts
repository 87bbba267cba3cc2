/** The parts of the API, in the order in which the document shows them, each with what it is about. */
export const TAGS = {
  Events: "What publishers send. An event is immutable; 202 means that it is stored.",
  Endpoints: "Where events go: a URL, its wire contract, its subscription and its policy, and how it does.",
  Deliveries: "One event for one endpoint, with its attempts: looked at, retried, canceled.",
  Replays: "New deliveries of old events, singly or as a job.",
  "Event types": "The catalogued kinds of events: their schemas, their samples.",
  Inboxes: "Request bins: URLs of the service's own that show what they receive.",
  Keys: "Who may use the API, and for how long.",
  Audit: "Who changed what of the configuration, for a year.",
  Workspaces: "Tenants and their settings. Nothing crosses from one to another.",
  Voice: "The voice contract's own subscribe API.",
  Atomic: "The atomic contract's own subscribe API; an environment is a workspace.",
  Operation: "For whoever runs the service.",
} as const satisfies Record<string, string>;

export type Tag = keyof typeof TAGS;
