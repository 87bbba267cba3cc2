import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Atlas } from "../../src/sdk/client/index.ts";
import { hasBrowser, Scene } from "./browser.ts";

/** A customer's own page, which shows the portal within itself and gets new sessions. */
class Host {
  readonly origin: string;
  /** What its page shows, and what it answers whoever asks for a new session. */
  sessionUrl = "";
  token = "";
  refreshes = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(service: string): Promise<Host> {
    const server = createServer((request, response) => {
      if (request.url === "/refresh") {
        host.refreshes += 1;
        response.setHeader("Access-Control-Allow-Origin", service);
        response.setHeader("Access-Control-Allow-Credentials", "true");
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({ token: host.token }));
        return;
      }
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(`<!doctype html><title>Acme</title><link rel="icon" href="data:,"><main></main>
<script src="${service}/portal/embed.js"></script>
<script>AtlasPortal.mount(document.querySelector("main"), {
  url: ${JSON.stringify(host.sessionUrl)},
  onEndpointCreated(endpoint) { document.title = "created " + endpoint.url },
});</script>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = new Host(server);
    return host;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

describe.skipIf(!hasBrowser)("a customer's portal", () => {
  let scene: Scene;
  let host: Host;
  let atlas: Atlas;
  let key: string;

  beforeAll(async () => {
    scene = await Scene.set();
    host = await Host.start(scene.service.url);
    key = await scene.emptyWorkspace("Acme");
    atlas = new Atlas({ key, baseUrl: scene.service.url });
    await atlas.workspace.update({
      portal: {
        ...{ name: "Acme events", accent: "#8a2a4f", theme: "dark", frame_ancestors: [host.origin] },
        refresh_url: `${host.origin}/refresh`,
        locale_strings: { "shell.places.endpoints": "Receivers", "no.such.text": "x" },
      },
    });
  });

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await host?.stop();
    await scene?.clear();
  });

  const open = async (url: string): Promise<Page> => {
    const page = await scene.page();
    await page.goto(url);
    return page;
  };

  it("comes by a portal link and reaches endpoints and deliveries, and nothing that is the workspace's", async () => {
    const { url, token } = await scene.atlas.portalSessions.create({});
    const page = await scene.page();
    await page.goto(url);
    const navigation = page.getByRole("navigation", { name: "Main" });
    await navigation.getByRole("link", { name: "Endpoints" }).waitFor();
    expect(await navigation.getByRole("link").allTextContents()).toEqual([
      "Overview",
      "Endpoints",
      "Deliveries",
      "Inbox",
      "Event types",
    ]);
    expect(scene.faults()).toEqual([]);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    for (const path of ["/keys", "/audit", "/settings", "/events", "/replays"]) {
      await page.goto(`${scene.service.url}/dashboard${path}`);
      await page.getByRole("heading", { level: 1, name: "Not found" }).waitFor();
    }
    expect(asked.filter((path) => /^\/v1\/(keys\/?$|audit|workspace|events|replays)/.test(path))).toEqual([]);
    const refused = await Promise.all(
      ["/v1/keys", "/v1/audit", "/v1/workspace", "/v1/events"].map(async (path) => {
        const answer = await fetch(`${scene.service.url}${path}`, {
          headers: { Authorization: `Bearer ${token}` },
        });
        return answer.status;
      }),
    );
    expect(refused).toEqual([403, 403, 403, 403]);
    scene.faults();
  });

  it("has the workspace's name, colour, theme and words", async () => {
    const page = await open((await atlas.portalSessions.create()).url);
    await page.getByText("Acme events").waitFor();
    await page.getByRole("link", { name: "Receivers" }).waitFor();
    const root = await page.evaluate(
      "[document.documentElement.dataset.theme, document.documentElement.style.getPropertyValue('--accent')]",
    );
    expect(root).toEqual(["dark", expect.stringContaining("#8a2a4f")]);
    expect(scene.faults()).toEqual([]);
  });

  it("has its words edited in Settings, each beside what stands there now, and shows them from then on", async () => {
    const saved = async () => (await atlas.workspace.get()).portal.locale_strings;
    const settings = await scene.open("/settings", { key });
    const words = settings.getByRole("group", { name: "Words" });
    await words.locator("small", { hasText: "Now: Endpoints" }).waitFor();
    await words.locator("small", { hasText: "There is no text of this name." }).waitFor();
    await words.getByRole("button", { name: "Remove no.such.text" }).click();
    await words.getByRole("button", { name: "Add a text" }).click();
    await words.getByRole("combobox", { name: "Text", exact: true }).last().fill("shell.places.deliveries");
    await words.locator("small", { hasText: "Now: Deliveries" }).waitFor();
    await words.getByLabel("Instead", { exact: true }).last().fill("<b>Sent</b> & ready");
    await settings.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(saved, { timeout: 20_000 }).toEqual({
      "shell.places.endpoints": "Receivers",
      "shell.places.deliveries": "<b>Sent</b> & ready",
    });
    const page = await open((await atlas.portalSessions.create()).url);
    await page.getByRole("link", { name: "<b>Sent</b> & ready" }).waitFor();
    await settings.getByRole("button", { name: "Remove shell.places.deliveries" }).click();
    await settings.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(saved, { timeout: 20_000 }).toEqual({ "shell.places.endpoints": "Receivers" });
    expect(scene.faults()).toEqual([]);
  });

  it("shows within a page that the workspace names, as high as it is, and tells it of a new endpoint", async () => {
    host.sessionUrl = (await atlas.portalSessions.create()).url;
    const page = await open(host.origin);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("link", { name: "Receivers" }).click();
    await frame.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
    expect(await frame.getByText("Acme events").count()).toBe(0);
    await frame.getByRole("link", { name: "New endpoint" }).first().click();
    await frame.getByLabel("URL").fill("http://127.0.0.1:9/made-in-a-frame");
    const heightOf = () => page.evaluate("parseInt(document.querySelector('iframe').style.height)");
    await expect.poll(heightOf, { timeout: 20_000 }).toBeGreaterThan(900);
    await frame.getByRole("button", { name: "Make endpoint" }).click();
    await expect.poll(() => page.title()).toBe("created http://127.0.0.1:9/made-in-a-frame");
    expect(scene.faults()).toEqual([]);
  });

  it("shows in no frame of a page that the workspace does not name", async () => {
    host.sessionUrl = (await atlas.portalSessions.create()).url;
    const page = await open(host.origin.replace("127.0.0.1", "localhost"));
    const refusal = () => scene.faults().join(" ");
    await expect.poll(refusal, { timeout: 20_000 }).toContain("frame-ancestors");
    expect(await page.frameLocator("iframe").getByRole("link", { name: "Receivers" }).count()).toBe(0);
    scene.faults();
  });

  it("gets a new session without a word once its own has ended", async () => {
    const { url, token } = await atlas.portalSessions.create();
    host.token = (await atlas.portalSessions.create()).token;
    const page = await open(url);
    await page.getByRole("link", { name: "Receivers" }).waitFor();
    const ended = new Atlas({ key: token, baseUrl: scene.service.url });
    await atlas.keys.revoke((await ended.keys.current()).id);
    await page.getByRole("link", { name: "Deliveries", exact: true }).click();
    await expect.poll(() => host.refreshes, { timeout: 20_000 }).toBe(1);
    await page.getByRole("heading", { name: "No delivery yet" }).waitFor();
    expect(await page.evaluate("sessionStorage.getItem('atlas.key')")).toBe(host.token);
    // What the browser itself says of a 401.
    scene.faults();
  });

  it("that may only read is offered nothing that would change something", async () => {
    const page = await open((await atlas.portalSessions.create({ read_only: true })).url);
    await page.getByRole("link", { name: "Receivers" }).click();
    await page.getByRole("row").filter({ hasText: "made-in-a-frame" }).getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: /made-in-a-frame/ }).waitFor();
    for (const name of ["New endpoint", "Send test event", "Pause", "Edit", "Retry now"])
      expect(
        await page.getByRole("button", { name }).or(page.getByRole("link", { name })).count(),
        name,
      ).toBe(0);
    expect(scene.faults()).toEqual([]);
  });
});
