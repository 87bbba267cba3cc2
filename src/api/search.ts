import { searchInput, searchResult } from "../contract/search.ts";
import { newApi } from "../http/context.ts";
import { timeRange } from "../http/time-range.ts";
import { searchEvents } from "../logs/reading.ts";
import { eventSummaryBody } from "../rendering/events.ts";
import { timeTextOrNull } from "../rendering/time.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** Looking through the events of the last 30 days. */
export const searchRoutes = newApi();

addRoute(
  searchRoutes,
  {
    method: "post",
    path: "/v1/events/search",
    operationId: "searchEvents",
    tag: "Events",
    summary: "Search events",
    description:
      "Newest first, by type, a CEL filter, a text in the data, or all of these. A page looks at 10,000 events or 4 MiB of data at the most and says how far it came: it may come back short, or empty, with a `next_cursor`.",
    access: "events:read",
    body: searchInput,
    status: 200,
    answer: searchResult,
  },
  async ({ env, caller, body }) => {
    const { types, filter, text, limit, cursor, ...span } = await body();
    const start = startOf("search", cursor);
    const page = await searchEvents(env, caller.workspaceId, {
      ...{ types, filter, text, limit },
      ...timeRange(span),
      before: start === undefined ? undefined : Number(start),
    });
    return {
      data: page.rows.map(({ event, excerpt }) => ({ ...eventSummaryBody(event), excerpt })),
      next_cursor: cursorOf("search", page.next === null ? null : String(page.next)),
      scanned: {
        events: page.scannedEvents,
        characters: page.scannedCharacters,
        to: timeTextOrNull(page.scannedTo),
      },
    };
  },
);
