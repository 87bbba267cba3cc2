import type { Context } from "hono";
import { ApiError } from "../errors.ts";
import { type ApiEnv, newApi, requestIdOf } from "./context.ts";

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

async function answer(c: Context<ApiEnv>): Promise<Response> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined)
    throw new ApiError("not_found", "This Worker was deployed without the dashboard.");
  const url = new URL(c.req.url);
  // Names that the page has in its paths may well look like those of files.
  if (!url.pathname.startsWith(FILES)) url.pathname = "/dashboard/";
  const file = await ASSETS.fetch(new Request(url, { method: c.req.method, headers: c.req.raw.headers }));
  if (file.status === 404) throw new ApiError("not_found", `There is no ${c.req.path}.`);
  const response = new Response(file.body, file);
  response.headers.set("X-Request-Id", requestIdOf(c));
  return response;
}
