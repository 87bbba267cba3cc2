import type { z } from "@hono/zod-openapi";
import { recordOf } from "../changes/author.ts";
import { newPortalSession, portalSession } from "../contract/portal.ts";
import { livingAmong } from "../d1/endpoints.ts";
import { newApiKey } from "../d1/keys.ts";
import type { PortalScope, Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { invalid } from "../errors.ts";
import { newApi } from "../http/context.ts";
import { originOf } from "../http/origin.ts";
import { platform } from "../platform.ts";
import { timeText } from "../rendering/time.ts";
import { scopeBody } from "../rendering/workspaces.ts";
import { keyChange, storeKey } from "../workspaces/keys.ts";
import { addRoute } from "./routes.ts";

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
      "For all endpoints of the workspace, or for certain ones, or for those with some metadata. The token is a key of the role `portal` that expires; revoke it before that with `DELETE /v1/keys/{id}`.",
    access: "settings",
    body: newPortalSession,
    bodyOptional: true,
    inTurn: true,
    status: 201,
    answer: portalSession,
    errors: ["limit_reached"],
  },
  async ({ c, env, author, body }) => {
    const { expires_in: expiresInSeconds, ...asked } = await body();
    const scope = await scopeOf(env, author, asked);
    const nowMs = platform.nowMs();
    const expiresAt = nowMs + expiresInSeconds * 1000;
    const { key, row } = newApiKey(
      author.workspaceId,
      "portal session",
      "portal",
      expiresAt,
      { nowMs, chance: platform },
      {
        scope,
      },
    );
    const answer = {
      // The token in the fragment: a query would end up in logs and in Referer headers. The workspace says who may frame it.
      url: `${originOf(c)}/dashboard?portal=${author.workspaceId}#token=${key}`,
      token: key,
      expires_at: timeText(expiresAt),
      scope: scopeBody(scope),
    };
    const change = keyChange("portal_session.created", row.id, null, row);
    await storeKey(env, author, row, await recordOf(env, author, change, { body: answer }));
    return answer;
  },
);

type Asked = Omit<z.output<typeof newPortalSession>, "expires_in">;

/** What a session is for; null = all of the workspace. Throws 422 for endpoints that the workspace does not have. */
async function scopeOf(env: Env, reach: Reach, asked: Asked): Promise<PortalScope | null> {
  const { endpoint_ids: endpointIds = null, metadata = {}, read_only: readOnly } = asked;
  if (endpointIds !== null) {
    const known = new Set(await livingAmong(env.DB, reach, endpointIds));
    const errors = endpointIds.flatMap((id, index) =>
      known.has(id) ? [] : [{ path: `endpoint_ids[${index}]`, message: `there is no endpoint ${id}` }],
    );
    if (errors.length > 0) throw invalid(errors);
  }
  const isAll = endpointIds === null && Object.keys(metadata).length === 0 && !readOnly;
  return isAll ? null : { endpointIds, metadata, readOnly };
}
