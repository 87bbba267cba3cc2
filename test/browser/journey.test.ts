import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ListenClient } from "../e2e/listen-client.ts";
import { Receiver } from "../e2e/receiver.ts";
import { hasBrowser, Scene } from "./browser.ts";

/** Headers and body of a line for a shell. */
function partsOf(line: string): { headers: Record<string, string>; body: string } {
  const arguments_ = [...line.matchAll(/(-H|--data-binary) '((?:[^']|'\\'')*)'/g)];
  const texts = arguments_.map(([, kind, text = ""]) => [kind, text.replaceAll("'\\''", "'")] as const);
  const headers = texts.filter(([kind]) => kind === "-H").map(([, text]) => text.split(": ", 2));
  return { headers: Object.fromEntries(headers), body: texts.at(-1)?.[1] ?? "" };
}

/** By Standard Webhooks. */
function signatureOf({ headers, body }: ReturnType<typeof partsOf>, secret: string): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

describe.skipIf(!hasBrowser)("somebody at the dashboard", () => {
  let scene: Scene;
  let receiver: Receiver;

  beforeAll(async () => {
    [scene, receiver] = await Promise.all([Scene.set(), Receiver.start()]);
  });

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await receiver?.stop();
    await scene?.clear();
  });

  it("is signed in by the link that the first start prints, and the key leaves the address at once", async () => {
    const link = /http\S+\/dashboard#key=\S+/.exec(scene.service.process.stdout())?.[0] ?? "";
    const page = await scene.page();
    await page.goto(link);
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${scene.service.url}/dashboard`);
  });

  it("is told in a sentence that a key is not one, and gets in with one that is", async () => {
    const page = await scene.page();
    await page.goto(`${scene.service.url}/dashboard`);
    await page.getByLabel("API key").fill("ak_not-a-key-of-this-service-00000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This key is not known here.").waitFor();
    // What the browser itself says of a 401.
    scene.faults();
    await page.getByLabel("API key").fill(scene.service.client.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  });

  it("is walked through an empty workspace: inbox, endpoint, event, and the delivery is seen", async () => {
    const page = await scene.open("/", { key: await scene.emptyWorkspace("Empty") });
    await page.getByRole("button", { name: "Open inbox" }).click();
    await page.getByRole("button", { name: "Make endpoint" }).click();
    await page.getByRole("button", { name: "Send event" }).click();
    await page.getByText("The signature fits.").waitFor();
    await page.getByText("200 OK").waitFor();
    await page.getByRole("link", { name: "See what arrived" }).click();
    const shown = page.getByRole("region", { name: "The request" });
    await shown.getByRole("heading", { name: "deal.created" }).waitFor();
    await shown.getByRole("link", { name: "Debug signature" }).click();
    await page.getByRole("heading", { name: "The signature fits the newest secret." }).waitFor();

    await page.getByRole("link", { name: "Inbox", exact: true }).click();
    await page.getByRole("button", { name: "Change answers" }).click();
    await page.getByLabel("Statuses").fill("500, 500, 200");
    await page.getByRole("button", { name: "Save answers" }).click();
    await page.getByText("in turn, the last one from then on.").waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("makes an endpoint, sends an event, sees it die, learns why, replays it, and sees it delivered", async () => {
    receiver.answer = () => ({ kind: "status", status: 500, body: '{"error":"no such table"}' });
    const page = await scene.open("/endpoints/new");
    await page.getByLabel("URL").fill(`${receiver.url}/hooks`);
    await page.getByLabel("Description").fill("Journey");
    await page.getByLabel("Retry schedule").fill("100 ms");
    await page.getByRole("button", { name: "Make endpoint" }).click();
    await page
      .getByRole("dialog", { name: "The endpoint is made" })
      .getByText(/^whsec_/)
      .waitFor();
    await page.getByRole("button", { name: "Open endpoint" }).click();

    await page.goto(`${scene.service.url}/dashboard/events?send=deal.created`);
    await page
      .getByRole("dialog", { name: "Send event" })
      .getByRole("button", { name: "Send event" })
      .click();
    await page.getByRole("link", { name: "Accepted for 1 endpoint" }).click();
    const row = page.getByRole("row").filter({ hasText: "deal.created" });
    await row.getByText("Dead").waitFor();
    await row.getByRole("link", { name: "#1" }).click();
    await page.getByText(/The receiver answered 500 Internal Server Error after/).waitFor();
    await page.getByRole("tab", { name: "Response" }).click();
    await page.getByText("no such table").first().waitFor();

    await page.getByRole("link", { name: "Where else did this event go?" }).click();
    await page.getByText("as #1 after 2 attempts: 500 Internal Server Error.").waitFor();

    receiver.answer = () => ({ kind: "status", status: 204 });
    await page.getByRole("link", { name: "Open delivery" }).click();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByRole("link", { name: "Replayed as #2" }).click();
    await page.getByText(/The receiver answered 204 No Content after/).waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("finds an event by what is in it, by an expression and by text, with how much was scanned", async () => {
    const events = Array.from({ length: 3 }, (_, index) => ({
      ...{ type: "order.paid", data: { order: { total: index * 100, note: `nr ${index} <b>` } } },
    }));
    await scene.atlas.events.publishBatch(events);
    const page = await scene.open("/events");
    const field = page.getByRole("searchbox", { name: "CEL or text" });
    await field.fill("data.order.total > 150");
    await field.press("Enter");
    await page.getByText(/^\d+ events? scanned, 1 matches/).waitFor();
    await page.getByRole("link", { name: "order.paid" }).click();
    await page
      .getByRole("region", { name: /^data, / })
      .getByText("nr 2 <b>")
      .waitFor();
    await page.getByRole("searchbox", { name: "CEL or text" }).fill("nr 1 <b>");
    await page.getByRole("searchbox", { name: "CEL or text" }).press("Enter");
    await page.getByRole("row").filter({ hasText: "nr 1 <b>" }).waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("knows what a new endpoint would take of the newest events, and how its contract's options look on the wire", async () => {
    const page = await scene.open("/endpoints/new");
    await page.getByLabel("URL").fill(`${receiver.url}/options`);
    const preview = page.getByRole("complementary", { name: "Live preview" });
    await preview.getByText(/^Would take (\d+) of \1$/).waitFor();
    await page.getByLabel("Filter").fill("data.order.total > 150");
    await preview.getByText(/^Would take 1 of \d+$/).waitFor();
    await preview.getByText("filter: is false").first().waitFor();
    await preview.getByText('{"order":{"total":200').waitFor();
    await page.getByLabel("Filter").fill("data.order.total >");
    await preview.getByText(/^filter: character \d+: /).waitFor();
    await page.getByLabel("Filter").fill("");
    await page.getByRole("radio", { name: "CloudEvents" }).check();
    await page.getByLabel("Mode").selectOption("binary");
    await page.getByLabel("Source").fill("/shop");
    await preview.getByText("ce-source: /shop").waitFor();
    await page.getByLabel("Also a success").fill("409, 200");
    await page.getByRole("button", { name: "Make endpoint" }).click();
    await page.getByText("One field needs mending.").waitFor();
    await page.getByLabel("Also a success").fill("409");
    await page.getByRole("button", { name: "Make endpoint" }).click();
    await page.getByRole("button", { name: "Open endpoint" }).click();
    const [made] = (await scene.atlas.endpoints.list({ q: "/options" }).page()).data;
    expect(made).toMatchObject({
      ...{ dialect: "cloudevents", dialect_options: { mode: "binary", source: "/shop" } },
      success_statuses: [409],
    });
    await page.close();
    await scene.atlas.endpoints.delete(made?.id ?? "");
    // What the browser itself says of the two that were refused: each of them is a 422.
    scene.faults();
  });

  it("sees who changed an endpoint and what, and restores a version after a diff", async () => {
    const [endpoint] = (await scene.atlas.endpoints.list().page()).data;
    if (endpoint === undefined) throw new Error("the journey made an endpoint");
    await scene.atlas.endpoints.update(endpoint.id, { description: "Changed", timeout: 7 });
    const page = await scene.open(`/endpoints/${endpoint.id}/versions`);
    await page.getByRole("button", { name: "description, timeout changed" }).waitFor();
    await page.getByRole("button", { name: "Made" }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("region", { name: "From now to then" }).getByText("Journey").waitFor();
    await dialog.getByRole("button", { name: "Restore" }).click();
    await page.getByText("The version is restored").waitFor();
    const { description, timeout } = await scene.atlas.endpoints.get(endpoint.id);
    expect([description, timeout]).toEqual(["Journey", 10]);
    expect(scene.faults()).toEqual([]);
  });

  it("checks the signature of a delivery, and is told the one mistake in what its receiver has", async () => {
    const page = await scene.open("/deliveries?type=deal.created");
    await page.getByRole("row").filter({ hasText: "deal.created" }).getByRole("link").first().click();
    await page.getByRole("tab", { name: "Headers" }).click();
    await page.getByRole("link", { name: "Check the signature" }).click();
    await page.getByRole("heading", { name: "The signature fits the newest secret." }).waitFor();
    const body = page.getByRole("textbox", { name: "Body" });
    const sent = await body.inputValue();
    await body.fill(`${sent}\n`);
    await page.getByText("The body has white space at its end that was not sent.").waitFor();
    await body.fill(sent.replace("{", '{"added":1,'));
    await page.getByText("The body is not the one that was sent.").waitFor();
    await body.fill(sent);
    const secrets = page.getByRole("textbox", { name: "Secrets" });
    await secrets.fill((await secrets.inputValue()).replace("whsec_", ""));
    await page.getByText("The secret has lost its prefix whsec_.").waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("checks a pasted signature without signing in, and asks the service nothing", async () => {
    const page = await scene.page();
    await page.goto(`${scene.service.url}/dashboard/signature`);
    await page.getByRole("heading", { level: 1, name: "Signature debugger" }).waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.getByLabel("Headers").fill("X-Webhook-Secret: 0000");
    await page.getByRole("textbox", { name: "Body" }).fill("{}");
    await page.getByRole("textbox", { name: "Secrets" }).fill("our own words");
    await page.getByText("No mistake that is known here makes it fit.").waitFor();
    expect(await page.getByLabel("Contract").inputValue()).toBe("brokers");
    expect(asked).toEqual([]);
    expect(scene.faults()).toEqual([]);
  });

  it("sees deliveries change over one socket, asking for no list again; further down they wait as a number", async () => {
    const page = await scene.open("/deliveries");
    let told = 0;
    page.on("websocket", (socket) =>
      socket.on("framereceived", () => {
        told += 1;
      }),
    );
    await page.reload();
    await page.getByRole("row").filter({ hasText: "deal.created" }).first().waitFor();
    // Its greeting: from then on it tells what changes.
    await expect.poll(() => told, { timeout: 20_000 }).toBe(1);
    const lists: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/deliveries?")) lists.push(request.url());
    });
    await scene.atlas.events.publish({ type: "live.rows", data: {} });
    await page.getByRole("row").filter({ hasText: "live.rows" }).getByText("Delivered").waitFor();
    await page.getByRole("button", { name: "Pause live rows" }).click();
    await scene.atlas.events.publishBatch([1, 2].map((data) => ({ type: "held.rows", data: { data } })));
    await page.getByRole("button", { name: "2 new" }).click();
    await page.getByRole("row").filter({ hasText: "held.rows" }).nth(1).waitFor();
    expect(lists).toEqual([]);
    expect(scene.faults()).toEqual([]);
  });

  it("tells what of a strict order a delivery waits for, and that a paused endpoint holds it, with the way on", async () => {
    receiver.answer = () => ({ kind: "status", status: 500 });
    const { endpoint, head, second } = await failingOrder();
    const page = await scene.open(`/deliveries/${endpoint.id}/${second.id}`);
    await page.getByText("It waits for #1, the head of the order.").waitFor();
    await page.getByRole("link", { name: "#1: It waits for its next attempt." }).waitFor();
    // Only the head of a strict order can be retried.
    expect(await page.getByRole("button", { name: "Retry now" }).count()).toBe(0);
    await page.getByRole("link", { name: "Open order" }).click();
    const order = page.getByRole("region", { name: "Head of the order" });
    await order.getByText(/^It waits for its next attempt, until /).waitFor();
    await order.getByRole("button", { name: "Pause" }).click();
    await order.getByText("The endpoint is paused, and attempts nothing").waitFor();
    await page.goto(`${scene.service.url}/dashboard/deliveries/${endpoint.id}/${head.id}`);
    await page.getByText("This endpoint is paused.").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("This endpoint is paused.").waitFor({ state: "detached" });
    expect(scene.faults()).toEqual([]);
    await page.close();
    await scene.atlas.endpoints.delete(endpoint.id);
  });

  it("copies a request as it was sent, and signed anew with the time of now, as its receiver would check it", async () => {
    receiver.answer = () => ({ kind: "status", status: 500 });
    const { endpoint, head } = await failingOrder();
    const page = await scene.open(`/deliveries/${endpoint.id}/${head.id}`);
    const copied = async (item: RegExp) => {
      await page.evaluate("navigator.clipboard.writeText('')");
      await page.getByRole("button", { name: "Copy as curl" }).click();
      await page.getByRole("menuitem", { name: item }).click();
      const line = () => page.evaluate<string>("navigator.clipboard.readText()");
      await expect.poll(line, { timeout: 20_000 }).toMatch(/^curl -X POST '/);
      return partsOf(await line());
    };
    const [sent] = receiver.requests.filter(({ path }) => path.endsWith("/in-order")).slice(-1);
    const asSent = await copied(/^As it was sent/);
    expect(asSent.headers["webhook-signature"]).toBe(sent?.headers["webhook-signature"]);
    expect(asSent.body).toBe(sent?.body.toString());
    // The signed second is another one.
    await expect
      .poll(() => Math.floor(Date.now() / 1000))
      .toBeGreaterThan(Number(sent?.headers["webhook-timestamp"]));
    const anew = await copied(/^Signed anew/);
    expect(Number(anew.headers["webhook-timestamp"])).toBeGreaterThan(
      Number(sent?.headers["webhook-timestamp"]),
    );
    expect(anew.headers["webhook-signature"]).toBe(signatureOf(anew, endpoint.secret ?? ""));
    expect(scene.faults()).toEqual([]);
    await page.close();
    await scene.atlas.endpoints.delete(endpoint.id);
  });

  /** Two deliveries in strict order, the first of which failed and waits for its next attempt. */
  async function failingOrder() {
    const endpoint = await scene.atlas.endpoints.create({
      ...{ url: `${receiver.url}/in-order`, types: ["in.order"], serialize: true },
      retry: { delays: [600], jitter: 0 },
    });
    await scene.atlas.events.publishBatch([1, 2].map((n) => ({ type: "in.order", data: { n } })));
    const list = scene.atlas.endpoints.deliveries(endpoint.id);
    const tried = async () => (await list.page()).data.map(({ attempt_count }) => attempt_count);
    await expect.poll(tried, { timeout: 20_000 }).toEqual([0, 1]);
    const [second, head] = (await list.page()).data;
    if (second === undefined || head === undefined) throw new Error("there are two of them");
    return { endpoint, head, second };
  }

  it("pauses an endpoint from the palette, and cancels what waits after a count", async () => {
    const page = await scene.open("/endpoints");
    await page.getByRole("row").filter({ hasText: "Journey" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search or jump" }).fill("pause 127");
    await page.getByRole("option", { name: /^Pause 127/ }).click();
    await page.getByRole("row").filter({ hasText: "Journey" }).getByText("Paused").waitFor();
    await scene.atlas.events.publishBatch(Array.from({ length: 3 }, () => ({ type: "held.back", data: {} })));

    await page.goto(`${scene.service.url}/dashboard/deliveries?type=held.back`);
    await page.getByRole("row").filter({ hasText: "held.back" }).nth(2).waitFor();
    await page.getByLabel("Select all that are shown").check();
    await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel 3 deliveries" }).click();
    await page.getByText("3 deliveries done.").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByRole("row").filter({ hasText: "Canceled" }).nth(2).waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("sees that an endpoint has no address, how many listen to it, and the command that serves it", async () => {
    const { id } = await scene.atlas.endpoints.create({ transport: "listen", types: ["none.such"] });
    const page = await scene.open(`/endpoints/${id}`);
    const card = page.getByRole("region", { name: "Transport" });
    await card.getByText("Nobody listens", { exact: true }).waitFor();
    const listener = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
    await card.getByText("One listens", { exact: true }).waitFor();
    expect(await card.getByRole("region").textContent()).toContain(
      "atlas webhooks listen --forward-to localhost:3000",
    );
    listener.close();
    const { id: pulled } = await scene.atlas.endpoints.create({ transport: "pull", types: ["none.such"] });
    const other = await scene.open(`/endpoints/${pulled}`);
    await other.getByText(`atlas pull ${pulled} --exec './handle-event'`).waitFor();
    await other.getByText("fetched by the receiver").waitFor();
    expect(scene.faults()).toEqual([]);
  });

  it("moves through the rows by the keyboard alone", async () => {
    const page = await scene.open("/deliveries");
    await page.getByRole("row").filter({ hasText: "deal.created" }).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 selected").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Schedule" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  });

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
});
