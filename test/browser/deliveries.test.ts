import { createHmac } from "node:crypto";
import type { Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { MOST_MS } from "../../src/dashboard/api/how-often.ts";
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

describe.skipIf(!hasBrowser)("somebody who looks at deliveries", () => {
  let scene: Scene;
  let receiver: Receiver;

  beforeAll(async () => {
    [scene, receiver] = await Promise.all([Scene.set(), Receiver.start()]);
    await scene.atlas.endpoints.create({ url: `${receiver.url}/all`, types: ["deal.*", "live.*", "held.*"] });
    await scene.atlas.events.publish({ type: "deal.created", data: {} });
  });

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await receiver?.stop();
    await scene?.clear();
  });

  it("sees deliveries change over one socket, asking for no list meanwhile; further down they wait as a number", async () => {
    const page = await scene.open("/deliveries");
    let told = 0;
    page.on("websocket", (socket) =>
      socket.on("framereceived", () => {
        told += 1;
      }),
    );
    /** Since the socket's greeting: from then on it tells what changes. */
    const lists: Request[] = [];
    page.on("request", (request) => {
      if (told > 0 && request.url().includes("/deliveries?")) lists.push(request);
    });
    await page.reload();
    await page.getByRole("row").filter({ hasText: "deal.created" }).first().waitFor();
    // The list is read once more then: what changed since it was read first, nobody told.
    await expect.poll(() => lists.length, { timeout: 20_000 }).toBe(1);
    await lists[0]?.response();
    lists.length = 0;
    const since = performance.now();
    await scene.atlas.events.publish({ type: "live.rows", data: {} });
    await page.getByRole("row").filter({ hasText: "live.rows" }).getByText("Delivered").waitFor();
    await page.getByRole("button", { name: "Pause live rows" }).click();
    await scene.atlas.events.publishBatch([1, 2].map((data) => ({ type: "held.rows", data: { data } })));
    await page.getByRole("button", { name: "2 new" }).click();
    await page.getByRole("row").filter({ hasText: "held.rows" }).nth(1).waitFor();
    // On a machine so slow that it comes to that, it looks now and then all the same.
    expect(lists.length).toBeLessThanOrEqual(Math.floor((performance.now() - since) / MOST_MS));
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

  it.each([1440, 375])(
    "finds the names of a few sequences below their bars, %i pixels wide",
    async (width) => {
      receiver.answer = () => ({ kind: "status", status: 500 });
      const { endpoint } = await failingOrder();
      const page = await scene.open(`/endpoints/${endpoint.id}`, { width });
      const names = page.getByText("#1–#2", { exact: true });
      await names.waitFor();
      const [name, ...bars] = await Promise.all(
        [names, ...(await page.locator(".strip.long > i").all())].map((part) => part.boundingBox()),
      );
      expect(bars).toHaveLength(2);
      for (const bar of bars) expect(bar?.width).toBeGreaterThanOrEqual(10);
      expect(name?.x).toBeCloseTo(bars[0]?.x ?? 0, 0);
      expect(name?.y).toBeGreaterThan(bars[0]?.y ?? Number.POSITIVE_INFINITY);
      expect(scene.faults()).toEqual([]);
      await page.close();
      await scene.atlas.endpoints.delete(endpoint.id);
    },
  );

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

  it("filters, and moves through the rows, by the keyboard alone", async () => {
    const page = await scene.open("/deliveries");
    await page.getByRole("row").filter({ hasText: "deal.created" }).first().waitFor();
    await page.keyboard.press("f");
    await page.locator("button:focus", { hasText: "status" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("button:focus", { hasText: "Pending" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Remove filter: status is Delivered" }).waitFor();
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
});
