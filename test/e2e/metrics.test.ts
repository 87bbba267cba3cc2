import { expect, it } from "vitest";
import { parseExposition } from "../api/exposition.ts";
import { eventually } from "./eventually.ts";
import { failed, ok } from "./receiver.ts";
import { setScene } from "./scene.ts";

const scene = setScene("metrics", { dialect: "atlas", retry: { delays: [0.1] } });

/** The service's counters that restarts keep, by name and their last label. */
async function counters(): Promise<Record<string, number>> {
  const { text } = await scene.service.operator.request("GET", "/metrics");
  return Object.fromEntries(
    parseExposition(text)
      .filter(({ name }) => /^(?!atlas_commit).*_(total|count)$/.test(name))
      .map(({ name, labels, value }) => [`${name} ${labels.result ?? labels.outcome ?? ""}`.trim(), value]),
  );
}

it("counters are exact after kill -9 right after the attempts, and keep what a deleted endpoint counted", async () => {
  const seen = new Set<string>();
  scene.receiver.answer = ({ headers, body }) => {
    const { n } = JSON.parse(body.toString()).data as { n: number };
    const id = String(headers["atlas-delivery"]);
    const isFirst = !seen.has(id);
    seen.add(id);
    // Three are delivered by the second attempt, the last of all by none.
    return n === 20 || (n < 3 && isFirst) ? failed : ok;
  };
  const endpoint = await scene.create();
  const disabled = await scene.create();
  await disabled.patch({ status: "disabled" });
  await scene.publish(20);
  await endpoint.untilCount(20, "delivered");
  // Mostly no alarm has stored anything yet, nor has D1 heard of it: the first one rings 8 s after the events came.
  await scene.service.kill9();
  await scene.service.restart();
  const expected = {
    atlas_events_accepted_total: 20,
    atlas_deliveries_missed_total: 20,
    atlas_deliveries_created_total: 20,
    atlas_deliveries_replayed_total: 0,
    "atlas_deliveries_total delivered": 20,
    "atlas_deliveries_total dead": 0,
    "atlas_deliveries_total canceled": 0,
    "atlas_attempts_total success": 20,
    "atlas_attempts_total status": 3,
    atlas_delivery_latency_seconds_count: 20,
    atlas_attempt_lateness_seconds_count: 23,
    atlas_attempt_duration_seconds_count: 23,
  };
  // On a busy machine D1 heard of a part of it before, and hears of the rest a minute after that.
  const told = await eventually(
    "the endpoint's report to D1",
    async () => {
      const all = await counters();
      return all["atlas_deliveries_total delivered"] === 20 && all;
    },
    100_000,
  );
  expect(told).toEqual(expected);
  // What is counted after the report of this minute comes with the endpoint's end.
  const { client } = scene.service;
  for (const n of [19, 20])
    expect((await client.request("POST", "/v1/events", { type: scene.type, data: { n } })).status).toBe(202);
  await endpoint.untilCount(1, "dead");
  await endpoint.untilCount(21, "delivered");
  for (const { id } of [endpoint, disabled])
    expect((await client.request("DELETE", `/v1/endpoints/${id}`)).status).toBe(204);
  expect(await counters()).toEqual({
    ...expected,
    atlas_events_accepted_total: 22,
    atlas_deliveries_missed_total: 22,
    atlas_deliveries_created_total: 22,
    "atlas_deliveries_total delivered": 21,
    "atlas_deliveries_total dead": 1,
    "atlas_attempts_total success": 21,
    "atlas_attempts_total status": 5,
    atlas_delivery_latency_seconds_count: 21,
    atlas_attempt_lateness_seconds_count: 26,
    atlas_attempt_duration_seconds_count: 26,
  });
});
