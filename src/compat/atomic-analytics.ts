import { z } from "@hono/zod-openapi";
import { batchedFiles, batchedQuery } from "../contract/atomic.ts";
import { problem } from "../contract/fields.ts";
import { findWorkspace } from "../d1/workspaces.ts";
import { RETENTION_MS } from "../domain/event.ts";
import type { Env } from "../env.ts";
import { ApiError, type FieldError } from "../errors.ts";
import { requestIdOf } from "../http/context.ts";
import { originOf } from "../http/origin.ts";
import { readSpan } from "../logs/reading.ts";
import { platform } from "../platform.ts";
import { isLinkSigned, signLink } from "../seal/link-signature.ts";
import { type FormatName, fileOf, formats } from "./analytics-file.ts";
import { hourOfKey, hoursOf, rangeProblem, readTime } from "./analytics-hours.ts";
import { addAtomicRoute, ENVIRONMENT } from "./atomic-route.ts";
import { newCompatApi } from "./compat-api.ts";

/** `/compat/atomic/v1/{environment}/analytics`: the events of an environment as hourly files, sent or not. */
export const atomicAnalyticsApi = newCompatApi();

/** The contract says that links expire after 15 minutes. */
const LINK_SECONDS = 15 * 60;

const FILES = `${ENVIRONMENT}/analytics/files`;

addAtomicRoute(
  atomicAnalyticsApi,
  {
    method: "get",
    path: `${ENVIRONMENT}/analytics/batched`,
    operationId: "listAtomicAnalyticsFiles",
    summary: "Get links to hourly files of events",
    description:
      "Of a range of at most 30 days, `from` rounded down and `to` up to the hour; the running hour included.",
    query: batchedQuery,
    status: 200,
    answer: batchedFiles,
  },
  async ({ c, env, caller, query }) => {
    const { from, to } = rangeOf(query);
    const nowMs = platform.nowMs();
    const origin = originOf(c);
    const hours = hoursOf(from, to, nowMs - RETENTION_MS, nowMs);
    const expires = Math.floor(nowMs / 1000) + LINK_SECONDS;
    const link = (key: string) => {
      const file = `${key}.${query.format}`;
      const signature = signLink(signedContent(caller.workspaceId, file, String(expires)), env);
      const path = FILES.replace("{environment_id}", caller.workspaceId);
      return `${origin}${path}/${file}?expires=${expires}&signature=${signature}`;
    };
    return { data: Object.fromEntries(hours.map(({ key }) => [key, [link(key)]])) };
  },
);

atomicAnalyticsApi.openAPIRegistry.registerPath({
  method: "get",
  path: `${FILES}/{file}`,
  operationId: "getAtomicAnalyticsFile",
  tags: ["Atomic"],
  summary: "Get an hourly file of events",
  description: "By a link of `analytics/batched`, which needs no key and expires after 15 minutes.",
  request: {
    params: z.object({
      environment_id: z.string().openapi({ description: "The id of the workspace, `ws_…`." }),
      file: z.string().openapi({ description: "The hour and the format, as `2020-03-27T01.ndjson`." }),
    }),
    query: z.object({
      expires: z.string().openapi({ description: "When the link stops working, as the link says it." }),
      signature: z.string().openapi({ description: "What the link says." }),
    }),
  },
  responses: {
    200: {
      description: "The events, one on each line, oldest first",
      content: {
        "application/x-ndjson": { schema: z.string() },
        "text/csv": { schema: z.string() },
      },
    },
    403: {
      description: "`link_invalid`: the link was changed, or has expired",
      content: { "application/problem+json": { schema: problem } },
    },
  },
});

atomicAnalyticsApi.get(`${FILES.replace("{environment_id}", ":environment_id")}/:file`, async (c) => {
  const { environment_id: workspaceId = "", file = "" } = c.req.param() as Record<string, string>;
  const [key = "", format = ""] = file.split(".");
  const hour = hourOfKey(key);
  const isGood = await isLinkGood(c.env, workspaceId, file, c.req.query());
  if (!isGood || hour === null || !Object.hasOwn(formats, format)) throw invalidLink();
  const row = formats[format as FormatName];
  const { from, to } = hour;
  return c.body(
    fileOf(row, (after) => readSpan(c.env, workspaceId, { from, to, after })),
    200,
    {
      "Content-Type": row.contentType,
      "Content-Disposition": `attachment; filename="${file}"`,
      "Cache-Control": "private, no-store",
      "X-Request-Id": requestIdOf(c),
    },
  );
});

async function isLinkGood(
  env: Env,
  workspaceId: string,
  file: string,
  { expires = "", signature = "" }: Record<string, string>,
): Promise<boolean> {
  if (!isLinkSigned(signedContent(workspaceId, file, expires), signature, env)) return false;
  if (Number(expires) * 1000 <= platform.nowMs()) return false;
  // A deleted workspace's log must not be woken: it would come back empty.
  return (await findWorkspace(env.DB, workspaceId)) !== null;
}

function signedContent(workspaceId: string, file: string, expires: string): string {
  return ["atomic analytics", workspaceId, file, expires].join("\n");
}

function invalidLink(): ApiError {
  return new ApiError("link_invalid", "Ask analytics/batched for a new link: each is good for 15 minutes.");
}

/** The range that is asked for, Unix milliseconds. Throws 400. */
function rangeOf(query: { from: string; to: string }): { from: number; to: number } {
  const errors: FieldError[] = [];
  const read = (path: "from" | "to") => {
    const time = readTime(query[path]);
    if (time === null) errors.push({ path, message: "must be a time such as 2020-03-27T01:00:00Z" });
    return time ?? 0;
  };
  const range = { from: read("from"), to: read("to") };
  const wrong = errors.length === 0 ? rangeProblem(range.from, range.to) : null;
  if (wrong !== null) errors.push({ path: "to", message: wrong });
  if (errors.length === 0) return range;
  throw new ApiError("bad_request", errors.map(({ path, message }) => `${path} ${message}`).join("; "), {
    errors,
  });
}
