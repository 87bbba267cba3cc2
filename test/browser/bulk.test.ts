import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../e2e/eventually.ts";
import { hasBrowser, Scene } from "./browser.ts";
import { Receiver } from "./receivers.ts";

/** `npm run test:browser` takes as many as the page promises; `npm test` fewer, for time. */
const EVENTS = Number(process.env.BULK_EVENTS ?? (process.env.EVERY_LOOK ? 10_000 : 300));

describe.skipIf(!hasBrowser)("an action on all deliveries that match", () => {
  let scene: Scene;
  let receiver: Receiver;

  beforeAll(async () => {
    [scene, receiver] = await Promise.all([Scene.set(), Receiver.start("works")]);
    await scene.atlas.endpoints.create({ url: receiver.url, max_in_flight: 50 });
    for (let at = 0; at < EVENTS; at += 500) {
      const events = Array.from({ length: Math.min(500, EVENTS - at) }, (_, index) => ({
        ...{ type: "deal.created", data: { number: at + index } },
      }));
      await scene.atlas.events.publishBatch(events);
    }
    await untilDelivered(EVENTS);
  });

  const untilDelivered = (count: number) =>
    eventually(
      `${count} are delivered`,
      async () => (await scene.atlas.stats.page()).total.delivered === count,
      100_000,
    );

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await receiver?.stop();
    await scene?.clear();
  });

  it("is counted with a sample, then done by the service with progress, and told", async () => {
    const page = await scene.open("/deliveries?status=delivered");
    await page.getByLabel("Select all that are shown").check();
    const bar = page.getByRole("region", { name: "Selection" });
    await bar.getByRole("button", { name: "Select all that match" }).click();
    await bar.getByText("All that match").waitFor();
    await bar.getByRole("button", { name: "Replay" }).click();
    const count = EVENTS.toLocaleString("en-US");
    const dialog = page.getByRole("dialog", { name: "Replay deliveries" });
    await dialog.getByText(`${count} events for 1 endpoint.`).waitFor();
    await dialog.getByText("deal.created").nth(4).waitFor();
    await dialog.getByRole("button", { name: `Replay ${count}` }).click();
    await dialog.getByRole("status").getByText(`${count} deliveries done.`).waitFor({ timeout: 90_000 });
    await untilDelivered(2 * EVENTS);
    expect(scene.faults()).toEqual([]);
  });

  it("can be canceled while it goes on, and tells how far it came", async () => {
    const page = await scene.open("/deliveries?status=delivered");
    await page.getByLabel("Select all that are shown").check();
    const bar = page.getByRole("region", { name: "Selection" });
    await bar.getByRole("button", { name: "Select all that match" }).click();
    await bar.getByRole("button", { name: "Replay" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay deliveries" });
    await dialog.getByLabel("Rate").fill("2");
    await dialog.getByRole("button", { name: /^Replay [\d,]+$/ }).click();
    await dialog.getByRole("progressbar").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog
      .getByRole("status")
      .getByText(/^Stopped after \d+\.$/)
      .waitFor();
    expect(scene.faults()).toEqual([]);
  });
});
