import { dialectNamed } from "../../dialects/index.ts";
import type { EndpointConfig } from "../../domain/endpoint.ts";
import type { NewEvent } from "../../domain/event.ts";
import { maskedUrl } from "../../domain/masked-url.ts";
import type { OperationalType } from "../../domain/operational.ts";
import type { Env } from "../../env.ts";
import { appendOperational } from "../../logs/append.ts";
import type { OperationalDetails } from "./operational.ts";

/** Shape of the operational events' data; changes with it. */
const API_VERSION = "2026-11-01";

/** Publishes an operational event about an endpoint to its workspace's log. */
export async function publishOperational(
  env: Env,
  { id, workspaceId, url, dialect, status }: EndpointConfig,
  kind: OperationalType,
  count: number,
  details: OperationalDetails,
): Promise<void> {
  const event: NewEvent = {
    type: kind,
    apiVersion: API_VERSION,
    tags: [],
    context: { endpoint_id: id },
    // Where the URL is a secret, whoever is told does not get it either.
    data: JSON.stringify({
      endpoint_id: id,
      url: dialectNamed(dialect)?.masksUrl ? maskedUrl(url) : url,
      ...{ status, count, ...details },
    }),
    sent: { created: false, apiVersion: true, tags: false, context: true },
  };
  const answer = await appendOperational(env, workspaceId, id, event);
  if (answer.outcome !== "accepted") throw new Error(`${kind} was not accepted: ${answer.outcome}`);
}
