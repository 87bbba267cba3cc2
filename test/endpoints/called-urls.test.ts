import { beforeAll, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const patch = (id: string, body: unknown, env = {}) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body, env });
const get = (id: string) => call("GET", `/v1/endpoints/${id}`, { key: workspace.key });

const oauth2 = { type: "oauth2", client_id: "a", client_secret: "b" };

it("stores and shows the URL that is called, of an endpoint and of its tokens", async () => {
  const made = await newEndpoint(workspace, {
    url: "HTTPS://Receiver.Example:443/a/../b\\c/%2e%2e/dé#f",
    auth: { ...oauth2, token_url: "https://tokens.example./x/./y" },
  });
  expect(made.url).toBe("https://receiver.example/b/d%C3%A9");
  const shown = (await get(made.id)).body;
  expect([shown.url, shown.auth.token_url]).toEqual([made.url, "https://tokens.example/x/y"]);
  const changed = await patch(made.id, { url: "https://receiver.example/b/./d\\e" });
  expect(changed.body.url).toBe("https://receiver.example/b/d/e");
});

it.each(["https://kubernetes.default.svc/", "https://a..example.com/", "http://a.localhost/"])(
  "refuses %s, as a URL and as that of tokens, and says why",
  async (url) => {
    const body = { url, auth: { ...oauth2, token_url: url } };
    const answer = await call("POST", "/v1/endpoints", { key: workspace.key, body });
    expect([answer.status, badFields(answer)]).toEqual([422, ["auth.token_url", "url"]]);
    expect(answer.body.errors[0].message).toMatch(/^must not name a /);
  },
);

it("judges a URL that is sent back unchanged not anew, though ALLOWED_NETWORKS has become narrower", async () => {
  const auth = { ...oauth2, token_url: "http://127.0.0.1:1/token" };
  const made = await newEndpoint(workspace, { url: "http://localhost.:1/hook", auth });
  const narrower = { ALLOWED_NETWORKS: "public" };
  const { url } = made;
  const kept = await patch(made.id, { url, auth: { ...auth, client_secret: "***" } }, narrower);
  expect(kept.status).toBe(200);
  const other = await patch(made.id, { url: "http://localhost:1/other" }, narrower);
  expect([other.status, badFields(other)]).toEqual([422, ["url"]]);
});

it("allows nothing where ALLOWED_NETWORKS is empty", async () => {
  const body = { url: "https://receiver.example/" };
  const env = { ALLOWED_NETWORKS: "" };
  const answer = await call("POST", "/v1/endpoints", { key: workspace.key, body, env });
  expect([answer.status, badFields(answer)]).toEqual([422, ["url"]]);
});
