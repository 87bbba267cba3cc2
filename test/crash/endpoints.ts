import { type Order, orderBy } from "../../src/domain/order.ts";
import type { Publication } from "./publications.ts";

/** Seconds: short, and so many that a receiver which fails one attempt in five never exhausts them. */
const DELAYS_SECONDS = [0.2, 0.4, 0.8, ...Array.from({ length: 17 }, () => 1)];

/** One endpoint of the crash test: what it asks the service for, and what it must get. */
export interface CrashEndpoint {
  name: string;
  /** By key: by the customer, wherever that is read from. */
  order: Order;
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
    order: "endpoint",
    maxInFlight: 1,
    ...atlas,
    matches: ({ type }) => type === "order.created",
    settings: { dialect: "atlas", types: ["order.created"] },
  },
  {
    name: "ordered-by-context",
    order: "endpoint",
    maxInFlight: 1,
    ...atlas,
    matches: ({ type, region }) => type.startsWith("order.") && region === "eu",
    settings: { dialect: "atlas", types: ["order.*"], context: { region: "eu" } },
  },
  {
    name: "everything",
    order: "none",
    maxInFlight: 20,
    ...atlas,
    matches: () => true,
    settings: { dialect: "atlas" },
  },
  {
    name: "standard",
    order: "none",
    maxInFlight: 6,
    idHeader: "webhook-id",
    sequenceHeader: null,
    matches: ({ type }) => type === "deal.created" || type === "call.ended",
    settings: { dialect: "standard", types: ["deal.created", "call.ended"] },
  },
  {
    name: "wide",
    order: "none",
    maxInFlight: 64,
    ...atlas,
    matches: ({ type }) => type.startsWith("order.") || type.startsWith("deal."),
    settings: { dialect: "atlas", types: ["order.*", "deal.*"] },
  },
  {
    name: "by-key",
    order: { by: "context.customer" },
    maxInFlight: 8,
    ...atlas,
    matches: ({ type }) => type === "deal.created",
    settings: { dialect: "atlas", types: ["deal.created"] },
  },
  {
    name: "standard-by-key",
    order: { by: "data.customer.id" },
    maxInFlight: 20,
    idHeader: "webhook-id",
    sequenceHeader: null,
    matches: ({ type }) => type === "call.ended",
    settings: { dialect: "standard", dialect_options: { order_headers: "on" }, types: ["call.ended"] },
  },
];

/** The key by which an endpoint delivers an event, empty where the event has none; null = it delivers by none. */
export function keyAt({ order }: CrashEndpoint, { customer }: Publication): string | null {
  return orderBy(order) === null ? null : (customer ?? "");
}

/** The body of the POST that makes an endpoint. */
export function settingsOf(endpoint: CrashEndpoint, url: string): Record<string, unknown> {
  return {
    url,
    description: endpoint.name,
    order: endpoint.order,
    max_in_flight: endpoint.maxInFlight,
    retry: { delays: DELAYS_SECONDS, jitter: 0.1 },
    ...endpoint.settings,
  };
}
