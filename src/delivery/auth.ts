import type { EndpointAuth } from "../domain/endpoint.ts";

/** The headers that a receiver's own authentication asks for. */
export function staticAuthHeaders(auth: Exclude<EndpointAuth, { type: "oauth2" }>): Record<string, string> {
  switch (auth.type) {
    case "basic":
      return {
        Authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`, "utf8").toString("base64")}`,
      };
    case "bearer":
      return { Authorization: `Bearer ${auth.token}` };
    case "header":
      return { [auth.name]: auth.value };
  }
}
