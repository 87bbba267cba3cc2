import type { z } from "@hono/zod-openapi";
import { ApiError } from "../errors.ts";
import type { Api } from "../http/context.ts";
import type { WorkspaceCall } from "../http/route.ts";
import type { RouteDefinition } from "../http/route-definition.ts";
import { addCompatRoute } from "./compat-api.ts";

type AtomicDefinition<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> = Omit<
  RouteDefinition<Query, Body, Answer>,
  "tag" | "access"
>;

/** Where the API of an environment begins: an environment is a workspace. */
export const ENVIRONMENT = "/compat/atomic/v1/{environment_id}";

const IN_PATH = { environment_id: "The id of the workspace, `ws_…`." };

/** Adds a route of an environment. Throws 404 for another workspace's. */
export function addAtomicRoute<
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Answer extends z.ZodType = z.ZodUndefined,
>(
  api: Api,
  definition: AtomicDefinition<Query, Body, Answer>,
  handle: (call: WorkspaceCall<Query, Body>) => Promise<z.input<Answer> | Response>,
): void {
  addCompatRoute(api, { ...definition, parts: IN_PATH, tag: "Atomic", access: "compat:atomic" }, (call) => {
    const id = call.param("environment_id");
    if (id !== call.caller.workspaceId) throw new ApiError("not_found", `There is no environment ${id}.`);
    return handle(call);
  });
}
