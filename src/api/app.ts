import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ApiError, problemResponse } from "../errors.ts";
import { type ApiEnv, newApi, requestIdOf } from "../http/context.ts";
import { failureOf } from "../http/failure.ts";
import { FixedAnswer } from "../http/fixed-answer.ts";
import { openApiDocument } from "../http/openapi.ts";
import { dashboardPage, readerPage } from "../pages/dashboard-page.ts";
import { DOCS_PAGE_HEADERS, docsPage } from "../pages/docs-page.ts";
import { platform } from "../platform.ts";
import { askDisk, isStorageFull } from "../storage/storage-room.ts";
import { auditRoutes } from "./audit.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { endpointSecretRoutes } from "./endpoint-secret.ts";
import { endpointVersionRoutes } from "./endpoint-versions.ts";
import { endpointRoutes } from "./endpoints.ts";
import { eventTypeRoutes } from "./event-types.ts";
import { eventRoutes } from "./events.ts";
import { explainRoutes } from "./explain.ts";
import { inboxReceiver } from "./inbox-receiver.ts";
import { inboxRoutes } from "./inboxes.ts";
import { keyRoutes } from "./keys.ts";
import { listenRoutes } from "./listen.ts";
import { mcpRoutes } from "./mcp.ts";
import { metricRoutes } from "./metrics.ts";
import { portalSessionRoutes } from "./portal-sessions.ts";
import { previewRoutes } from "./preview.ts";
import { publishRoutes } from "./publish.ts";
import { pullRoutes } from "./pull.ts";
import { queueRoutes } from "./queue.ts";
import { queueStateRoutes } from "./queue-state.ts";
import { replayJobRoutes } from "./replay-jobs.ts";
import { replayRoutes } from "./replays.ts";
import { searchRoutes } from "./search.ts";
import { statsRoutes } from "./stats.ts";
import { TAGS } from "./tags.ts";
import { tailRoutes } from "./tail.ts";
import { testRoutes } from "./test-event.ts";
import { workspaceDeliveryRoutes } from "./workspace-deliveries.ts";
import { workspaceReplayRoutes } from "./workspace-replays.ts";
import { workspaceStatsRoutes } from "./workspace-stats.ts";
import { workspaceRoutes } from "./workspaces.ts";

/** The whole API. The hot path first: routes are looked at in this order where they need to be. */
export const app = newApi();

app.route("/", publishRoutes);
app.route("/", eventRoutes);
app.route("/", previewRoutes);
app.route("/", explainRoutes);
app.route("/", searchRoutes);
app.route("/", eventTypeRoutes);
app.route("/", endpointRoutes);
app.route("/", endpointSecretRoutes);
app.route("/", endpointVersionRoutes);
app.route("/", deliveryRoutes);
app.route("/", workspaceDeliveryRoutes);
app.route("/", workspaceStatsRoutes);
app.route("/", queueRoutes);
app.route("/", queueStateRoutes);
app.route("/", statsRoutes);
app.route("/", testRoutes);
app.route("/", replayRoutes);
app.route("/", replayJobRoutes);
app.route("/", workspaceReplayRoutes);
app.route("/", listenRoutes);
app.route("/", pullRoutes);
app.route("/", tailRoutes);
app.route("/", inboxRoutes);
app.route("/", inboxReceiver);
app.route("/", keyRoutes);
app.route("/", portalSessionRoutes);
app.route("/", auditRoutes);
app.route("/", workspaceRoutes);
app.route("/", metricRoutes);
app.use("/mcp", (c, next) => {
  c.set("callApi", async (request) => app.fetch(request, c.env, c.executionCtx));
  return next();
});
app.route("/", mcpRoutes);
app.route("/", dashboardPage);

app.openAPIRegistry.registerPath({
  method: "get",
  path: "/health",
  operationId: "getHealth",
  tags: ["Operation"],
  summary: "Whether the service answers",
  responses: {
    200: {
      description: "It does",
      content: {
        "application/json": {
          schema: z
            .object({ status: z.literal("ok").openapi({ description: "It answers." }) })
            .openapi("Health"),
        },
      },
    },
    503: {
      description:
        "It does, and has no room left: events are refused; those that are stored are delivered and can be read",
      content: {
        "application/json": {
          schema: z
            .object({
              status: z
                .literal("storage_full")
                .openapi({ description: "The disk is full: nothing more is accepted." }),
            })
            .openapi("StorageFull"),
        },
      },
    },
  },
});

app.get("/health", async (c) => {
  c.header("X-Request-Id", requestIdOf(c));
  await askDisk(c.env.DISK, platform.nowMs(), platform);
  if (!isStorageFull(platform.nowMs())) return c.json({ status: "ok" });
  c.header("Retry-After", "10");
  return c.json({ status: "storage_full" }, 503);
});

const document = new FixedAnswer("openapi.json", () => JSON.stringify(openApiDocument(app, TAGS)), {
  "Content-Type": "application/json",
});
// Not called `.html`: Cloudflare would lead away from that name.
const page = new FixedAnswer("page", () => docsPage(openApiDocument(app, TAGS)), DOCS_PAGE_HEADERS);

/** What is the same for everybody: the build writes it to files, by `write-reference.ts`. */
export const reference = [document, page];

app.get("/openapi.json", (c) => fixedAnswer(c, document));

// With scripts it can be tried; `?plain` has none, as where the Worker was deployed without the dashboard.
app.get("/docs", async (c) => {
  const reader = c.req.query("plain") === undefined ? await readerPage(c) : null;
  return reader ?? fixedAnswer(c, page);
});

async function fixedAnswer(c: Context<ApiEnv>, fixed: FixedAnswer): Promise<Response> {
  const answer = await fixed.to(c.req.raw, c.env.ASSETS);
  answer.headers.set("X-Request-Id", requestIdOf(c));
  return answer;
}

app.onError(async (error, c) => problemResponse(await failureOf(c, error), requestIdOf(c)));

app.notFound((c) => {
  const allowed = methodsAt(c.req.path);
  const error =
    allowed.length === 0
      ? new ApiError("not_found", `There is no ${c.req.path}.`)
      : new ApiError("method_not_allowed", `${c.req.path} takes ${allowed.join(", ")}.`, {
          headers: { Allow: allowed.join(", ") },
        });
  return problemResponse(error, requestIdOf(c));
});

/** The patterns of all routes; they are made when a request first fits none. */
let patterns: { method: string; pattern: RegExp }[] | null = null;

/** The methods of the routes that this path fits, HEAD beside GET. */
function methodsAt(path: string): string[] {
  patterns ??= app.routes
    .filter(({ method }) => method !== "ALL")
    .map((route) => ({ method: route.method, pattern: patternOf(route.path) }));
  const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].sort();
}

function patternOf(path: string): RegExp {
  const source = path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+");
  return new RegExp(`^${source}$`);
}
