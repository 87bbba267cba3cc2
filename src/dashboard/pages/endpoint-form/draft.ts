import type { Endpoint, NewEndpoint } from "../../../sdk/client/index.ts";
import { numberOf } from "../../components/field/number-field.tsx";
import { durationText } from "../../text/format.ts";

type Auth = NonNullable<NewEndpoint["auth"]>;
export type AuthType = Auth["type"] | "none";

/** What stands in the form: texts as they were typed. */
export interface Draft {
  url: string;
  description: string;
  dialect: string;
  options: Readonly<Record<string, string>>;
  types: readonly string[];
  filter: string;
  stages: string;
  tags: string;
  context: string;
  metadata: string;
  authType: AuthType;
  auth: Readonly<Record<string, string>>;
  headers: string;
  method: "POST" | "PUT";
  isOrdered: boolean;
  /** What the key of an order is read from; empty = the order is of all. */
  orderBy: string;
  delays: string;
  timeout: string;
  rate: string;
  inFlight: string;
  successStatuses: string;
  disableAfter: string;
  onDeadLetter: NonNullable<NewEndpoint["on_dead_letter"]>;
}

export const EMPTY_DRAFT: Draft = {
  url: "",
  description: "",
  dialect: "standard",
  options: {},
  types: ["*"],
  filter: "",
  stages: "",
  tags: "",
  context: "",
  metadata: "",
  authType: "none",
  auth: {},
  headers: "",
  method: "POST",
  isOrdered: false,
  orderBy: "",
  delays: "",
  timeout: "10",
  rate: "",
  inFlight: "32",
  successStatuses: "",
  disableAfter: "",
  onDeadLetter: "continue",
};

/** An endpoint as the form shows it. */
export function draftOf(endpoint: Endpoint): Draft {
  const { type: authType = "none", ...auth } = endpoint.auth ?? {};
  return {
    url: endpoint.url,
    description: endpoint.description,
    dialect: endpoint.dialect,
    options: endpoint.dialect_options,
    types: endpoint.types,
    filter: endpoint.filter ?? "",
    stages: endpoint.stages.join(", "),
    tags: endpoint.tags.join(", "),
    context: pairsText(endpoint.context, " = "),
    metadata: pairsText(endpoint.metadata, " = "),
    authType,
    auth: Object.fromEntries(Object.entries(auth).map(([name, value]) => [name, String(value ?? "")])),
    headers: pairsText(endpoint.headers, ": "),
    method: endpoint.method,
    isOrdered: endpoint.order !== "none",
    orderBy: typeof endpoint.order === "string" ? "" : endpoint.order.by,
    delays: endpoint.retry.delays.map((delay) => durationText(delay)).join(", "),
    timeout: String(endpoint.timeout),
    rate: endpoint.rate_limit === null ? "" : String(endpoint.rate_limit.per_second),
    inFlight: String(endpoint.max_in_flight),
    successStatuses: (endpoint.success_statuses ?? []).join(", "),
    disableAfter: endpoint.disable_after === null ? "" : String(endpoint.disable_after.consecutive_failures),
    onDeadLetter: endpoint.on_dead_letter,
  };
}

/** What the API is sent. What it finds wrong it names; here is only read what was typed. */
export function bodyOf(draft: Draft): NewEndpoint {
  const delays = parseDelays(draft.delays);
  return {
    url: draft.url.trim(),
    description: draft.description,
    dialect: draft.dialect,
    dialect_options: { ...draft.options },
    types: [...draft.types],
    filter: draft.filter.trim() === "" ? null : draft.filter.trim(),
    stages: listOf(draft.stages),
    tags: listOf(draft.tags),
    context: pairsOf(draft.context, "="),
    metadata: pairsOf(draft.metadata, "="),
    auth: draft.authType === "none" ? null : authOf(draft.authType, draft.auth),
    headers: pairsOf(draft.headers, ":"),
    method: draft.method,
    order: orderOf(draft),
    retry: delays === null || delays.length === 0 ? null : { delays },
    timeout: numberOf(draft.timeout) ?? 0,
    rate_limit: draft.rate.trim() === "" ? null : { per_second: numberOf(draft.rate) ?? 0 },
    max_in_flight: numberOf(draft.inFlight) ?? 0,
    success_statuses: statusesOf(draft.successStatuses),
    disable_after:
      draft.disableAfter.trim() === "" ? null : { consecutive_failures: numberOf(draft.disableAfter) ?? 0 },
    on_dead_letter: draft.onDeadLetter,
  };
}

function orderOf({ isOrdered, orderBy }: Draft): NonNullable<NewEndpoint["order"]> {
  if (!isOrdered) return "none";
  return orderBy.trim() === "" ? "endpoint" : { by: orderBy.trim() };
}

/** Whether what was typed can be read: if not, its fields say so, and nothing may be sent. */
export function isReadable({ delays, timeout, rate, inFlight, disableAfter }: Draft): boolean {
  const numbers = [timeout, rate, inFlight, disableAfter].map(numberOf);
  return parseDelays(delays) !== null && numbers.every((number) => number !== undefined);
}

/** The parts of a body that differ from an endpoint as it is. */
export function changesOf(before: NewEndpoint, after: NewEndpoint): Partial<NewEndpoint> {
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof NewEndpoint]),
  );
  return Object.fromEntries(changed);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  min: 60,
  m: 60,
  h: 3600,
  d: 86_400,
};

/** "5 s, 1 d 14 h" in seconds; null = not readable. */
export function parseDelays(text: string): number[] | null {
  const delays: number[] = [];
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const terms = [...part.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*/g)];
    if (terms.length === 0 || terms.map(([whole]) => whole).join("") !== `${part}`) return null;
    delays.push(
      terms.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ""] ?? 0), 0),
    );
  }
  return delays;
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function statusesOf(text: string): number[] | null {
  const statuses = listOf(text).map(Number);
  return statuses.length === 0 ? null : statuses;
}

function pairsText(pairs: Readonly<Record<string, string>>, between: string): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}${between}${value}`)
    .join("\n");
}

/** Lines of "name = value" as pairs. */
export function pairsOf(text: string, between: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(between);
      return at === -1 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

function authOf(type: Auth["type"], fields: Readonly<Record<string, string>>): Auth {
  const of = (name: string) => fields[name] ?? "";
  switch (type) {
    case "basic":
      return { type, username: of("username"), password: of("password") };
    case "bearer":
      return { type, token: of("token") };
    case "header":
      return { type, name: of("name"), value: of("value") };
    case "oauth2":
      return {
        type,
        token_url: of("token_url"),
        client_id: of("client_id"),
        client_secret: of("client_secret"),
        scope: of("scope") || null,
      };
  }
}
