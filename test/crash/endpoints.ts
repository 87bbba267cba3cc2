import type { Publication } from "./publications.ts";

/** Seconds: short, and so many that a receiver which fails one attempt in five never exhausts them. */
const DELAYS_SECONDS = [0.2, 0.4, 0.8, ...Array.from({ length: 17 }, () => 1)];

/** One endpoint of the crash test: what it asks the service for, and what it must get. */
export interface CrashEndpoint {
  name: string;
  serialize: boolean;
  maxInFlight: number;
  /** Where the event's id stands, and its sequence if the dialect sends one; both lower case. */
  idHeader: string;
  sequenceHeader: string | null;
  matches(publication: Publication): boolean;
  /** As posted to the service, without its URL. */
  settings: Record<string, unknown>;
}

const atlas = { idHeader: "atlas-delivery", sequenceHeader: "atlas-sequence" };

export const CRASH_ENDPOINTS: readonly CrashEndpoint[] = [
  {
    name: "ordered",
    serialize: true,
    maxInFlight: 1,
    ...atlas,
    matches: ({ type }) => type === "order.created",
    settings: { dialect: "atlas", types: ["order.created"] },
  },
  {
    name: "ordered-by-context",
    serialize: true,
    maxInFlight: 1,
    ...atlas,
    matches: ({ type, region }) => type.startsWith("order.") && region === "eu",
    settings: { dialect: "atlas", types: ["order.*"], context: { region: "eu" } },
  },
  {
    name: "everything",
    serialize: false,
    maxInFlight: 20,
    ...atlas,
    matches: () => true,
    settings: { dialect: "atlas" },
  },
  {
    name: "standard",
    serialize: false,
    maxInFlight: 6,
    idHeader: "webhook-id",
    sequenceHeader: null,
    matches: ({ type }) => type === "deal.created" || type === "call.ended",
    settings: { dialect: "standard", types: ["deal.created", "call.ended"] },
  },
  {
    name: "wide",
    serialize: false,
    maxInFlight: 64,
    ...atlas,
    matches: ({ type }) => type.startsWith("order.") || type.startsWith("deal."),
    settings: { dialect: "atlas", types: ["order.*", "deal.*"] },
  },
];

/** The body of the POST that makes an endpoint. */
export function settingsOf(endpoint: CrashEndpoint, url: string): Record<string, unknown> {
  return {
    url,
    description: endpoint.name,
    serialize: endpoint.serialize,
    max_in_flight: endpoint.maxInFlight,
    retry: { delays: DELAYS_SECONDS, jitter: 0.1 },
    ...endpoint.settings,
  };
}
