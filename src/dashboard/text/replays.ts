import { countText, numberText } from "./format.ts";

export const replays = {
  title: "Replays",
  lead: "A replay sends events again, as new deliveries at the end of the order.",
  make: "New replay",
  what: "The replays",
  running: "Running",
  allTitle: "All replays",
  emptyTitle: "No replay yet",
  empty: "After a receiver was down, a replay sends it what it has missed, or what ended as a dead letter.",
  columns: {
    what: "What",
    state: "State",
    done: "Done",
    rate: "Rate",
    started: "Started",
    endpoints: "Endpoints",
  },
  ofEndpoints: (count: number, failed: number) =>
    failed === 0 ? numberText(count) : `${numberText(count)}, ${numberText(failed)} failed`,
  states: { running: "Running", done: "Done", canceled: "Canceled", failed: "Failed" },
  allEndpoints: "All enabled endpoints",
  /** What was counted when it began may have grown since. */
  doneOf: (done: number, total: number | null) =>
    total === null
      ? `${numberText(done)} / counting`
      : `${numberText(done)} / ${numberText(Math.max(done, total))}`,
  perSecond: (rate: number) => `${numberText(rate)}/s`,
  unlimited: "as fast as it goes",
  cancel: "Cancel",
  canceled: "The replay is canceled",
  started: "The replay has started",
  counting: "Counting what it would take.",
  preview: (total: number, endpoints: number) =>
    `${countText(total, "event")} for ${countText(endpoints, "endpoint")}.`,
  previewOne: (total: number) => `${countText(total, "event")}.`,
  acceptedFrom: "Accepted from",
  acceptedTo: "to",
  nothing: "Nothing fits: there is nothing to replay.",
  takes: (duration: string) => `About ${duration} at that rate.`,
  status: "Which",
  statuses: {
    dead: ["Dead letters", "Those whose attempts are used up and that were not replayed yet."],
    missed: ["Missed", "What matched while an endpoint was disabled."],
    delivered: ["Delivered", "What arrived, again."],
    any: ["Any", "Each matching event once, never one that is pending."],
  } as const,
  endpoint: "Endpoint",
  types: "Types",
  typesHint: "Patterns, separated by commas; empty = all",
  from: "From",
  to: "To",
  rate: "Rate",
  rateHint: "Events per second; empty = as fast as it goes",
  count: "Count first",
  start: (count: number) => `Replay ${numberText(count)}`,
  dryRun: "count only",
  error: "Why it failed",
  selected: (status: string, types: readonly string[] | undefined) =>
    types === undefined ? status : `${status}, ${types.join(", ")}`,
};
