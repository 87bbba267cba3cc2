import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { newId } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { platform } from "../platform.ts";
import type { Caller } from "./caller.ts";

/** What a request holds in memory, until it is answered; `request-memory.ts` gives it. */
interface HeldMemory {
  release(): void;
}

export type ApiEnv = {
  Bindings: Env;
  Variables: {
    requestId: string;
    caller?: Caller;
    memory?: HeldMemory;
    /** Where a route calls others of the API on behalf of who called it. */
    callApi(request: Request): Promise<Response>;
  };
};
export type Api = OpenAPIHono<ApiEnv>;

export function newApi(): Api {
  return new OpenAPIHono<ApiEnv>();
}

/** How something goes on beside a request, and after its answer. */
export function besideOf(c: Context<ApiEnv>): (work: Promise<unknown>) => void {
  return (work) => c.executionCtx.waitUntil(work);
}

/** The id of this request, made at its first use. */
export function requestIdOf(c: Context<ApiEnv>): string {
  const id = c.get("requestId") ?? newId("req", platform.nowMs(), platform);
  c.set("requestId", id);
  return id;
}
