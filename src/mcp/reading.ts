import { z } from "zod";
import { DELIVERY_STATUSES } from "../domain/delivery.ts";
import { ENDPOINT_STATUSES } from "../domain/endpoint.ts";
import type { EndpointQuery, WorkspaceDeliveryQuery } from "../sdk/client/index.ts";
import { explained, forecast } from "../tasks/explained.ts";
import { firstOf } from "../tasks/first-of.ts";
import { forecastOf, reasonOf } from "../tasks/verdict.ts";
import { type Tool, tool } from "./tool.ts";

/** What only looks. */
export function readingTools(): readonly Tool[] {
  const limit = z.number().int().min(1).max(100).default(20).describe("Rows at the most.");
  const time = z.string().describe("RFC 3339, as 2026-11-20T00:00:00Z.");
  return [
    tool({
      name: "list_endpoints",
      title: "List endpoints",
      description: "Endpoints of the workspace: where events go, which, and whether they are enabled.",
      input: {
        status: z.enum(ENDPOINT_STATUSES).optional(),
        q: z.string().optional().describe("Found in the URL or the description."),
        limit,
      },
      permission: "endpoints:read",
      isReadOnly: true,
      run: ({ atlas }, { limit: most, ...query }) =>
        firstOf(atlas.endpoints.list({ ...query, limit: most } as EndpointQuery), most),
    }),
    tool({
      name: "get_endpoint",
      title: "Show an endpoint",
      description:
        "An endpoint with its settings, its health, what its queue waits for, and its numbers of the last 24 hours.",
      input: { endpoint_id: z.string() },
      permission: "endpoints:read",
      isReadOnly: true,
      run: async ({ atlas }, { endpoint_id: id }) => {
        const [endpoint, queue, stats] = await Promise.all([
          atlas.endpoints.get(id),
          atlas.endpoints.queue(id),
          atlas.endpoints.stats(id, "24h"),
        ]);
        const { series: _, ...totals } = stats;
        return { endpoint, queue, stats: totals };
      },
    }),
    tool({
      name: "list_deliveries",
      title: "List deliveries",
      description: "Deliveries with what their last attempt came to, newest first within an endpoint.",
      input: {
        endpoint_id: z.string().optional(),
        event_id: z.string().optional(),
        status: z.enum(DELIVERY_STATUSES).optional(),
        error: z.string().optional().describe("Of the last attempt: status, timeout, connect, dns, tls, …"),
        type: z.string().optional(),
        from: time.optional(),
        to: time.optional(),
        limit,
      },
      permission: "endpoints:read",
      isReadOnly: true,
      run: ({ atlas }, { limit: most, ...query }) =>
        firstOf(atlas.deliveries.list({ ...query, limit: most } as WorkspaceDeliveryQuery), most),
    }),
    tool({
      name: "get_delivery",
      title: "Show a delivery",
      description: "A delivery with all its attempts: what was sent, what the receiver answered.",
      input: { endpoint_id: z.string(), delivery_id: z.string() },
      permission: "endpoints:read",
      isReadOnly: true,
      run: ({ atlas }, { endpoint_id, delivery_id }) => atlas.endpoints.delivery(endpoint_id, delivery_id),
    }),
    tool({
      name: "search_events",
      title: "Search events",
      description:
        "Events of the last 30 days by type, content and time, newest first. Everything given must hold.",
      input: {
        types: z.array(z.string()).optional().describe("Patterns, as deal.*."),
        filter: z.string().optional().describe("A CEL expression, as deal.value > 10000."),
        text: z.string().optional().describe("Found in the JSON of the data; case counts."),
        from: time.optional(),
        to: time.optional(),
        limit,
        cursor: z
          .string()
          .optional()
          .describe("next_cursor of the page before: a page may be short without being the last."),
      },
      permission: "events:read",
      isReadOnly: true,
      run: ({ atlas }, search) => atlas.events.search(search),
    }),
    tool({
      name: "get_event",
      title: "Show an event",
      description: "An event with its data.",
      input: { event_id: z.string() },
      permission: "events:read",
      isReadOnly: true,
      run: ({ atlas }, { event_id }) => atlas.events.get(event_id),
    }),
    tool({
      name: "explain_event",
      title: "Explain what became of an event",
      description:
        "Per endpoint what became of an event, and why: why it did not match, why it waits, why it is dead. Start here.",
      input: { event_id: z.string(), endpoint_id: z.string().optional().describe("This endpoint alone.") },
      permission: "endpoints:read",
      isReadOnly: true,
      run: async ({ atlas }, { event_id, endpoint_id }) =>
        (await explained(atlas, event_id, endpoint_id)).map((row) => ({ why: reasonOf(row), ...row })),
    }),
    tool({
      name: "explain_new_event",
      title: "Explain what would become of an event",
      description:
        "Per endpoint what would become of an event if it were published now. Nothing is published.",
      input: {
        type: z.string(),
        data: z.record(z.string(), z.unknown()),
        tags: z.array(z.string()).optional(),
        context: z.record(z.string(), z.string()).optional(),
      },
      permission: "endpoints:read",
      isReadOnly: true,
      run: async ({ atlas }, event) =>
        (await forecast(atlas, JSON.stringify(event))).map((row) => ({ why: forecastOf(row), ...row })),
    }),
    tool({
      name: "get_replay",
      title: "Show a replay",
      description: "How far a replay is that plan_replay or replay has started.",
      input: {
        replay_id: z.string(),
        endpoint_id: z.string().optional().describe("Where it is a replay to one endpoint."),
      },
      permission: "endpoints:read",
      isReadOnly: true,
      run: ({ atlas }, { replay_id: id, endpoint_id: endpoint }) =>
        endpoint === undefined ? atlas.replays.get(id) : atlas.endpoints.getReplay(endpoint, id),
    }),
  ];
}
