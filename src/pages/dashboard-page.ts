import type { Context } from "hono";
import { findWorkspace } from "../d1/workspaces.ts";
import { type PortalSettings, readPortal } from "../domain/portal.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { type ApiEnv, newApi, requestIdOf } from "../http/context.ts";

/** `/dashboard`: the page. Files with a name of their own are served as they are, every other path is the page's. */
export const dashboardPage = newApi();

for (const path of ["/dashboard", "/dashboard/*"]) dashboardPage.get(path, answer);

// What somebody sees who opens the service in a browser.
dashboardPage.get("/", (c) => {
  c.header("X-Request-Id", requestIdOf(c));
  return c.redirect("/dashboard");
});

/** Where everything lies but the page itself. */
const FILES = "/dashboard/assets/";

/** What a page of the workspace's customer loads, to show the portal within itself. */
dashboardPage.get("/portal/embed.js", answer);

/** The page that reads the API's document, at `/docs`; null where there is none. */
export async function readerPage(c: Context<ApiEnv>): Promise<Response | null> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined) return null;
  const { method, headers } = c.req.raw;
  const file = await ASSETS.fetch(new Request(new URL("/dashboard/docs/", c.req.url), { method, headers }));
  if (!file.ok && file.status !== 304) return null;
  const response = new Response(file.body, file);
  response.headers.set("X-Request-Id", requestIdOf(c));
  return response;
}

async function answer(c: Context<ApiEnv>): Promise<Response> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined)
    throw new ApiError("not_found", "This Worker was deployed without the dashboard.");
  const url = new URL(c.req.url);
  // Names that the page has in its paths may well look like those of files.
  const isPage = url.pathname.startsWith("/dashboard") && !url.pathname.startsWith(FILES);
  if (isPage) url.pathname = "/dashboard/";
  const file = await ASSETS.fetch(new Request(url, { method: c.req.method, headers: c.req.raw.headers }));
  if (file.status === 404) throw new ApiError("not_found", `There is no ${c.req.path}.`);
  const response = new Response(file.body, file);
  response.headers.set("X-Request-Id", requestIdOf(c));
  const portal = isPage ? await portalOf(c.env, url.searchParams.get("portal")) : null;
  const policy = response.headers.get("Content-Security-Policy");
  if (portal !== null && policy !== null)
    response.headers.set("Content-Security-Policy", policyOf(portal, policy));
  return response;
}

/** The portal's settings of the workspace that the address names; null = it names none. */
async function portalOf(env: Env, workspaceId: string | null): Promise<PortalSettings | null> {
  if (workspaceId === null || !/^ws_[0-9A-Z]{26}$/.test(workspaceId)) return null;
  const workspace = await findWorkspace(env.DB, workspaceId);
  return workspace?.portal ? readPortal(workspace.portal) : null;
}

/** The page's policy with what a workspace's portal needs: who may frame it, its logo, where it gets a new session. */
function policyOf({ frameAncestors, logoUrl, refreshUrl }: PortalSettings, policy: string): string {
  const more: Record<string, string | null> = { "img-src": logoUrl, "connect-src": refreshUrl };
  return policy
    .split("; ")
    .map((directive) => {
      const [name = ""] = directive.split(" ");
      if (name === "frame-ancestors" && frameAncestors.length > 0)
        return `${name} ${frameAncestors.join(" ")}`;
      const url = more[name];
      return url ? `${directive} ${new URL(url).origin}` : directive;
    })
    .join("; ");
}
