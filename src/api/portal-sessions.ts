import { newApiKey } from "../config/keys.ts";
import { newPortalSession, portalSession } from "../contract/portal.ts";
import { recordOf } from "./author.ts";
import { keyChange, storeKey } from "./keys.ts";
import { originOf } from "./origin.ts";
import { timeText } from "./render.ts";
import { addRoute, newApi } from "./route.ts";

/** `/v1/portal-sessions`: the dashboard for a workspace's customer, for a while. */
export const portalSessionRoutes = newApi();

addRoute(
  portalSessionRoutes,
  {
    method: "post",
    path: "/v1/portal-sessions",
    operationId: "createPortalSession",
    tag: "Keys",
    summary: "Open the dashboard to a customer",
    description:
      "The token is a key of the role `portal` that expires; revoke it before that with `DELETE /v1/keys/{id}`.",
    access: "settings",
    body: newPortalSession,
    bodyOptional: true,
    status: 201,
    answer: portalSession,
    errors: ["limit_reached"],
  },
  async ({ c, env, author, body }) => {
    const { expires_in: expiresInSeconds } = await body();
    const nowMs = Date.now();
    const expiresAt = nowMs + expiresInSeconds * 1000;
    const { key, row } = newApiKey(author.workspaceId, "portal session", "portal", expiresAt, nowMs);
    const answer = {
      // In the fragment: a query would end up in logs and in Referer headers.
      url: `${originOf(c)}/dashboard#token=${key}`,
      token: key,
      expires_at: timeText(expiresAt),
    };
    const change = keyChange("portal_session.created", row.id, null, row);
    await storeKey(env, author, row, await recordOf(env, author, change, { body: answer }));
    return answer;
  },
);
