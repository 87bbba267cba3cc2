import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Atlas } from "../../src/sdk/client/index.ts";
import { Receiver } from "../e2e/receiver.ts";
import { hasBrowser, Scene } from "./browser.ts";

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

  it("raises the number of a workspace's logs in its settings, and is told beside the field that it cannot be lowered", async () => {
    const key = await scene.emptyWorkspace("Spread");
    const page = await scene.open("/settings", { key });
    const save = () => page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByLabel("Logs", { exact: true }).fill("4");
    await page.getByLabel("Logs chosen by").fill("data.customer_id");
    await save();
    const atlas = new Atlas({ key, baseUrl: scene.service.url });
    await expect
      .poll(() => atlas.workspace.get(), { timeout: 20_000 })
      .toMatchObject({ log_shards: 4, shard_by: "data.customer_id" });
    await page.getByLabel("Logs", { exact: true }).fill("2");
    await save();
    await page.getByText("can only be raised: it is 4").waitFor();
    await page.locator("input:focus[aria-invalid=true]").waitFor();
    // What the browser itself says of a 422.
    scene.faults();
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
    // Beside the field as well, before anything is saved.
    await page
      .getByRole("alert")
      .filter({ hasText: /^character \d+: / })
      .waitFor();
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

  it("reads a chart by the keyboard, and the same numbers as a table", async () => {
    const [endpoint] = (await scene.atlas.endpoints.list().page()).data;
    const page = await scene.open(`/endpoints/${endpoint?.id}/health`);
    const chart = page.getByRole("figure").filter({ has: page.getByRole("heading", { name: "Outcome" }) });
    await chart.locator("canvas").waitFor();
    await chart.getByRole("button", { name: "As a table" }).click();
    const rows = await Promise.all(
      (await chart.getByRole("row").all()).slice(-2).map((row) => row.getByRole("cell").allTextContents()),
    );
    const [[, before = ""] = [], [at = "", delivered = "", dead = ""] = []] = rows;
    // What died was replayed and delivered.
    expect(Number(delivered) + Number(before)).toBeGreaterThan(0);
    await chart.getByRole("button", { name: "As a chart" }).click();
    await chart.locator("canvas").waitFor();
    await chart.getByRole("group", { name: "Outcome over time" }).focus();
    await page.keyboard.press("ArrowRight");
    await chart.getByText(`${at}, delivered ${delivered}, dead ${dead}`).waitFor();
    await page.keyboard.press("ArrowLeft");
    await chart.getByText(`${rows[0]?.[0]}, delivered ${before}, dead`).waitFor();
    expect(scene.faults()).toEqual([]);
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
});
