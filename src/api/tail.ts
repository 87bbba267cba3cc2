import type { Context } from "hono";
import { tailMessage, tailQuery, tailTicket } from "../contract/tail.ts";
import { findEndpoint } from "../d1/endpoints.ts";
import { TAIL_STATUSES } from "../domain/hub-sockets.ts";
import { byOutcome } from "../domain/outcome.ts";
import { type Watcher, watchingShape } from "../domain/tail.ts";
import { ApiError } from "../errors.ts";
import { authorize, authorizeKey } from "../http/auth.ts";
import type { Caller } from "../http/caller.ts";
import { type ApiEnv, newApi } from "../http/context.ts";
import { newTicket, readTicket } from "../http/tickets.ts";
import { socketAnswerOf } from "../objects/hub-sockets.ts";
import { hubOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { timeText } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** `/v1/tail`: deliveries as they change. */
export const tailRoutes = newApi();

const tag = "Deliveries";

addRoute(
  tailRoutes,
  {
    method: "get",
    path: "/v1/tail",
    operationId: "tailDeliveries",
    tag,
    summary: "Watch deliveries as they change",
    description:
      "A WebSocket. The server sends the messages below as JSON text: first `hello`, then `deliveries`. The client sends the text `ping` every 30 seconds, which is answered with `pong`; where a message has an `ack`, it sends that text back. The socket is closed with 4401 when the key ends, 4408 when nothing is heard or read in time, 4404 with the workspace, 4400 for any other message; after other codes come back with the last `cursor`.",
    access: "endpoints:read",
    admit: authorizeWatcher,
    query: tailQuery,
    status: 101,
    answer: tailMessage,
    errors: ["upgrade_required", "limit_reached", "not_found", "overloaded"],
  },
  async ({ c, env, caller, query }) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
      throw new ApiError("upgrade_required", "This is a WebSocket: send `Upgrade: websocket`.", {
        headers: { Upgrade: "websocket" },
      });
    const { endpoint_id: endpointId, status, type, error, cursor = null } = query;
    if (endpointId !== undefined && (await findEndpoint(env.DB, caller, endpointId)) === null)
      throw new ApiError("not_found", `There is no endpoint ${endpointId}.`);
    const { workspaceId, keyId, expiresAt, scope } = caller;
    const watcher: Watcher = {
      workspaceId,
      keyId,
      expiresAt,
      scope,
      filter: { endpointId, status, type, error },
    };
    const found = query.ticket === undefined ? null : readTicket(query.ticket, env, platform.nowMs());
    const ticket = found && { nonce: found.nonce, until: found.until };
    // Nothing of the caller's own request goes on but that it is an upgrade.
    const response = await hubOf(env, workspaceId).fetch("http://hub/tail", {
      headers: {
        Upgrade: "websocket",
        "x-watching": ascii(watchingShape.write({ watcher, cursor, ticket })),
      },
    });
    return byOutcome(socketAnswerOf(response, TAIL_STATUSES), {
      opened: ({ webSocket }) => new Response(null, { status: 101, webSocket }),
      ticket_used: () => {
        throw unknownTicket();
      },
      too_many: () => {
        throw new ApiError("limit_reached", "A workspace may have 50 sockets; close one first.");
      },
      log_busy: () => {
        throw new ApiError(
          "overloaded",
          "The log of this workspace is busy. No socket was opened; try again.",
          {
            retryAfterSeconds: 1,
          },
        );
      },
      scope_too_long: () => {
        throw new ApiError(
          "limit_reached",
          "The scope of this portal session is too long to watch with; make one that names fewer endpoints.",
        );
      },
    });
  },
);

addRoute(
  tailRoutes,
  {
    method: "post",
    path: "/v1/tail/tickets",
    operationId: "createTailTicket",
    tag,
    summary: "Get a ticket for a socket",
    description:
      'For a browser, which cannot send a key with a WebSocket: `new WebSocket("wss://…/v1/tail?ticket=…")`.',
    access: "endpoints:read",
    status: 201,
    answer: tailTicket,
  },
  async ({ env, caller }) => {
    const { text, until } = newTicket(caller, env, platform.nowMs(), platform);
    return { ticket: text, expires_at: timeText(until) };
  },
);

/** By a ticket, or like any other request. */
async function authorizeWatcher(c: Context<ApiEnv>): Promise<Caller> {
  const text = c.req.query("ticket");
  if (text === undefined) return authorize(c, "endpoints:read");
  const ticket = readTicket(text, c.env, platform.nowMs());
  if (ticket === null) throw unknownTicket();
  return authorizeKey(c, ticket.keyId, "endpoints:read");
}

function unknownTicket(): ApiError {
  return new ApiError(
    "unauthorized",
    "The ticket is unknown, used or expired; get another from POST /v1/tail/tickets.",
  );
}

/** Headers are bytes: what is beyond ASCII is escaped. */
function ascii(json: string): string {
  return json.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
