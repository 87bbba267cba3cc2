import { expect, it } from "vitest";
import { badFields, call, newWorkspace } from "./client.ts";

const PLAIN = {
  ...{ name: null, logo_url: null, accent: null, theme: "system", refresh_url: null },
  ...{ frame_ancestors: [], locale_strings: {} },
};

const FULL = {
  name: "Acme webhooks",
  logo_url: "https://acme.example/logo.svg",
  accent: "#1D4ED8",
  theme: "dark",
  refresh_url: "http://localhost:3000/session",
  frame_ancestors: ["https://app.acme.example", "https://*.acme.example:8443", "http://localhost:5173"],
  locale_strings: { "endpoints.title": "Receivers" },
};

it("keeps how the portal looks, shows it whole, takes it back as it is shown, and resets it by null", async () => {
  const { key } = await newWorkspace();
  const get = async () => (await call("GET", "/v1/workspace", { key })).body;
  const patch = (portal: unknown) => call("PATCH", "/v1/workspace", { key, body: { portal } });
  expect((await get()).portal).toEqual(PLAIN);
  expect((await patch(FULL)).body.portal).toEqual(FULL);
  expect((await call("PATCH", "/v1/workspace", { key, body: await get() })).body.portal).toEqual(FULL);
  expect((await patch({ name: "Acme" })).body.portal).toEqual({ ...PLAIN, name: "Acme" });
  expect((await patch(null)).body.portal).toEqual(PLAIN);
  const { data } = (await call("GET", "/v1/audit?action=workspace.updated", { key })).body;
  expect(data.map((entry: { after: object }) => Object.keys(entry.after))).toEqual([
    ["portal"],
    ["portal"],
    ["portal"],
  ]);
});

it.each([
  [{ accent: "blue" }, "portal.accent"],
  [{ accent: "#fff;}" }, "portal.accent"],
  [{ theme: "sepia" }, "portal.theme"],
  [{ logo_url: "javascript:alert(1)" }, "portal.logo_url"],
  [{ logo_url: "http://acme.example/logo.svg" }, "portal.logo_url"],
  [{ refresh_url: "https://user:pass@acme.example/" }, "portal.refresh_url"],
  [{ frame_ancestors: ["*"] }, "portal.frame_ancestors[0]"],
  [{ frame_ancestors: ["https://a.example; script-src *"] }, "portal.frame_ancestors[0]"],
  [{ frame_ancestors: ["https://a.example\r\nX: y"] }, "portal.frame_ancestors[0]"],
  [{ frame_ancestors: ["https://a.example/path"] }, "portal.frame_ancestors[0]"],
  [{ locale_strings: { a: 1 } }, "portal.locale_strings.a"],
  [{ colour: "red" }, "portal.colour"],
])("refuses %j", async (portal, path) => {
  const { key } = await newWorkspace();
  const answer = await call("PATCH", "/v1/workspace", { key, body: { portal } });
  expect([answer.status, badFields(answer)]).toEqual([422, [path]]);
});
