import type { Delivery, Endpoint, EventSummary } from "../../sdk/client/index.ts";
import { lastAttemptText } from "../../tasks/last-attempt.ts";
import type { Column, Style } from "../shell/output.ts";

/* What tables show of the things that several commands list. */

const STYLES: Readonly<Record<string, Style>> = {
  delivered: "green",
  enabled: "green",
  success: "green",
  valid: "green",
  pending: "yellow",
  paused: "yellow",
  dead: "red",
  disabled: "red",
  failure: "red",
  invalid: "red",
  missed: "red",
  canceled: "dim",
  not_matched: "dim",
};

/** The colour in which a status is shown. */
export function statusStyle(status: string): Style | null {
  return STYLES[status] ?? null;
}

export const endpointColumns: readonly Column<Endpoint>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "STATUS", value: ({ status }) => status, style: ({ status }) => statusStyle(status) },
  { title: "DIALECT", value: ({ dialect }) => dialect },
  { title: "TYPES", value: ({ types }) => types.join(",") },
  { title: "URL", value: ({ url }) => url },
];

export const eventColumns: readonly Column<EventSummary>[] = [
  { title: "ACCEPTED", value: ({ accepted_at }) => accepted_at },
  { title: "ID", value: ({ id }) => id },
  { title: "TYPE", value: ({ type }) => type },
  { title: "ENDPOINTS", value: ({ endpoints }) => endpoints },
];

export const deliveryColumns: readonly Column<Delivery>[] = [
  { title: "CREATED", value: ({ created_at }) => created_at },
  { title: "STATUS", value: ({ status }) => status, style: ({ status }) => statusStyle(status) },
  { title: "TYPE", value: ({ event_type }) => event_type },
  { title: "EVENT", value: ({ event_id }) => event_id },
  { title: "ENDPOINT", value: ({ endpoint_id }) => endpoint_id },
  { title: "DELIVERY", value: ({ id }) => id },
  { title: "ATTEMPTS", value: ({ attempt_count }) => attempt_count },
  { title: "LAST", value: ({ last_attempt }) => lastAttemptText(last_attempt) },
];
