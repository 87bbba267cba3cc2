import type { DeliveryFilter } from "../../api/deliveries.ts";
import type { FilterKind } from "../../components/filters/filter-bar.tsx";
import type { SearchState } from "../../search/search-state.ts";
import { endpointName } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.deliveries.filters;

const RANGE_SECONDS: Readonly<Record<string, number>> = {
  "1h": 3600,
  "24h": 86_400,
  "7d": 7 * 86_400,
  "30d": 30 * 86_400,
};

type Status = NonNullable<DeliveryFilter["status"]>;

/** Their titles, in the order that they are offered in: nothing compiles while one is missing. */
const STATUSES: Readonly<Record<Status, string>> = {
  pending: text.states.pending,
  delivered: text.states.delivered,
  dead: text.states.dead,
  canceled: text.states.canceled,
};

/** What deliveries can be filtered by. Endpoints only where there is more than one. */
export function kindsOf(endpoints: readonly { id: string; url: string }[] | null): FilterKind[] {
  return [
    {
      name: "status",
      title: t.status,
      options: Object.entries(STATUSES).map(([value, title]) => ({ value, title })),
    },
    { name: "type", title: t.type, hint: t.typeHint },
    ...(endpoints === null
      ? []
      : [
          {
            name: "endpoint",
            title: t.endpoint,
            options: endpoints.map(({ id, url }) => ({ value: id, title: endpointName(url) })),
          },
        ]),
    {
      name: "time",
      title: t.time,
      options: Object.entries(text.deliveries.ranges).map(([value, title]) => ({ value, title })),
    },
    {
      name: "error",
      title: t.error,
      options: Object.entries(text.attemptErrors).map(([value, { short }]) => ({ value, title: short })),
    },
    {
      name: "answer",
      title: t.answer,
      hint: t.answerHint,
      problem: (value) => (/^[1-5](\d\d|xx)$/.test(value) ? null : t.answerHint),
    },
  ];
}

/** The beginning of a range such as `24h`, if it is one. */
export function rangeStart(range: string | undefined, nowMs: number): { from?: string } {
  const seconds = RANGE_SECONDS[range ?? ""];
  return seconds === undefined ? {} : { from: new Date(nowMs - seconds * 1000).toISOString() };
}

/** What the address says, as the API asks for it. `nowMs` begins the range. */
export function filterOf(state: SearchState, endpointId: string | undefined, nowMs: number): DeliveryFilter {
  const filter = {
    status: (Object.keys(STATUSES) as Status[]).find((status) => status === state.status),
    type: state.type,
    endpoint_id: endpointId ?? state.endpoint,
    error: state.error as DeliveryFilter["error"],
    response_status: state.answer,
    event_id: state.event,
    ...rangeStart(state.time, nowMs),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
