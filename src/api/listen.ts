import { listenMessage, listenQuery } from "../contract/listen.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { LISTEN_STATUSES } from "../domain/hub-sockets.ts";
import { LISTENER_LEFT, listenerShape } from "../domain/listening.ts";
import { byOutcome } from "../domain/outcome.ts";
import { policyOf } from "../endpoints/settings.ts";
import { changeEndpoint, livingEndpoint } from "../endpoints/store.ts";
import { ApiError, invalid } from "../errors.ts";
import { newApi } from "../http/context.ts";
import { socketAnswerOf } from "../objects/hub-sockets.ts";
import { hubOf } from "../objects/objects.ts";
import { addRoute } from "./routes.ts";

/** `/v1/listen`: events to an app without an address, over a socket that it opens itself. */
export const listenRoutes = newApi();

addRoute(
  listenRoutes,
  {
    method: "get",
    path: "/v1/listen",
    operationId: "listenToEndpoint",
    tag: "Endpoints",
    summary: "Listen to an endpoint",
    description:
      "A WebSocket for an endpoint whose `transport` is `listen`. The server sends the messages below as JSON text: first `hello`, then a `request` for each attempt. The client makes it and sends an `answer` with its `id`: that is the attempt's result. It says `ping` every 10 seconds, which is answered with `pong`, and is cut off after 20 silent ones. While nobody listens, deliveries wait, and no attempt is made. Each of several sockets gets every request, and the first answer counts. An endpoint that was paused or disabled because its listener left is enabled again. The socket is closed with 4401 when the key ends, 4404 with the endpoint or when its `transport` changes, 4408 when nothing was heard in time, more than 4 MiB of past requests were left unanswered, or 16 KiB of other messages were sent since it last answered, 4400 for a message that it does not take; after other codes come back.",
    access: "settings",
    query: listenQuery,
    status: 101,
    answer: listenMessage,
    errors: ["upgrade_required", "limit_reached", "not_found", "write_conflict", "sync_pending"],
  },
  async ({ c, env, caller, author, query }) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
      throw new ApiError("upgrade_required", "This is a WebSocket: send `Upgrade: websocket`.", {
        headers: { Upgrade: "websocket" },
      });
    const { workspaceId, keyId, expiresAt } = caller;
    const row = await livingEndpoint(env, caller, query.endpoint_id);
    if (policyOf(row).transport !== "listen") throw wrongTransport();
    if (hasLeft(row))
      await changeEndpoint(env, author, row.id, {
        change: (stored, newest) => ({
          settings: hasLeft(newest) ? { ...stored, status: "enabled", statusReason: null } : stored,
        }),
      });
    const listener = listenerShape.write({ endpointId: row.id, keyId, expiresAt });
    // Nothing of the caller's own request goes on but that it is an upgrade.
    const response = await hubOf(env, workspaceId).fetch("http://hub/listen", {
      headers: { Upgrade: "websocket", "x-listening": listener },
    });
    return byOutcome(socketAnswerOf(response, LISTEN_STATUSES), {
      opened: ({ webSocket }) => new Response(null, { status: 101, webSocket }),
      too_many: () => {
        throw new ApiError("limit_reached", "A workspace may have 50 sockets; close one first.");
      },
    });
  },
);

function hasLeft({ status, statusReason }: Pick<EndpointRow, "status" | "statusReason">): boolean {
  return status !== "enabled" && statusReason === LISTENER_LEFT;
}

function wrongTransport(): ApiError {
  return invalid([
    { path: "endpoint_id", message: "must be an endpoint whose `transport` is `listen`; this one is called" },
  ]);
}
