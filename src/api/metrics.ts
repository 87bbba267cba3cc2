import { z } from "@hono/zod-openapi";
import { checked } from "../contract/field-errors.ts";
import { invalid } from "../errors.ts";
import { authorizeOperator } from "../http/auth.ts";
import { newApi, requestIdOf } from "../http/context.ts";
import { errorResponses } from "../http/document-route.ts";
import { parametersOf } from "../http/route.ts";
import { MAX_ENDPOINTS, MAX_WORKSPACES, metricLines } from "../metrics/scrape.ts";
import { METRICS_CONTENT_TYPE } from "../metrics/text.ts";

/** `/metrics`, in Prometheus's text format, for the operator. */
export const metricRoutes = newApi();

const metricsQuery = z.strictObject({
  workspace: z.string().optional().openapi({ description: "Only this workspace, however old." }),
  endpoints: z
    .enum(["true", "false"])
    .optional()
    .openapi({
      description: `Each of the newest ${MAX_ENDPOINTS} endpoints of the workspace, too; only with \`workspace\`.`,
    }),
});

metricRoutes.openAPIRegistry.registerPath({
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  tags: ["Operation"],
  summary: "Metrics in Prometheus's text format",
  description: `Per workspace, of the newest ${MAX_WORKSPACES}; of one alone, and of its endpoints, on request.\n\nNeeds ADMIN_TOKEN.`,
  security: [{ bearer: [] }],
  request: { query: metricsQuery },
  responses: {
    200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
    ...errorResponses(["unauthorized", "forbidden", "not_found", "invalid_request", "internal"]),
  },
});

metricRoutes.get("/metrics", async (c) => {
  await authorizeOperator(c);
  const query = checked(metricsQuery, parametersOf(c));
  const withEndpoints = query.endpoints === "true";
  if (withEndpoints && query.workspace === undefined)
    throw invalid([{ path: "workspace", message: "must name the workspace whose endpoints are asked for" }]);
  const lines = await metricLines(c.env, query.workspace, withEndpoints);
  return c.body(`${lines.join("\n")}\n`, 200, {
    "Content-Type": METRICS_CONTENT_TYPE,
    "X-Request-Id": requestIdOf(c),
  });
});
