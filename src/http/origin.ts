import type { Context } from "hono";
import type { ApiEnv } from "./context.ts";

/** Where the caller reaches the service. Its own answer alone depends on the header, so it need not be trusted. */
export function originOf(c: Context<ApiEnv>): string {
  const { protocol, host } = new URL(c.req.url);
  // A proxy that terminates TLS speaks plain HTTP to the service.
  const isSecure = protocol === "https:" || c.req.header("x-forwarded-proto") === "https";
  return `${isSecure ? "https" : "http"}://${host}`;
}
