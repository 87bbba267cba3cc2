import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import type { DeliveryJson } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { failed, ok } from "./receiver.ts";
import { setScene } from "./scene.ts";

interface ExplainedJson extends Json {
  endpoint_id: string;
  verdict: string;
  delivery: DeliveryJson | null;
  wait: { why: string } | null;
}

describe("why an event arrived, or did not", () => {
  const scene = setScene("explain", { retry: { delays: [0.1] } });
  const { create, publish } = scene;

  /** The verdict of one endpoint, once it is this one. */
  const verdict = (eventId: string, endpointId: string, expected: string) =>
    eventually(`the verdict ${expected}`, async () => {
      const path = `/v1/events/${eventId}/explain?endpoint_id=${endpointId}`;
      const { data } = await scene.service.client.get<{ data: ExplainedJson[] }>(path);
      return data[0]?.verdict === expected && data[0];
    });

  it("is told for each endpoint: delivered, dead and then replayed, missed after a 410, pending behind a head", async () => {
    scene.receiver.answer = ({ path }) => {
      if (path.endsWith("gone")) return { kind: "status", status: 410 };
      return path.endsWith("bad") ? failed : ok;
    };
    const at = (path: string, more: Json = {}) => create({ url: `${scene.receiver.url}/${path}`, ...more });
    const good = await at("good");
    const bad = await at("bad");
    const gone = await at("gone");
    const ordered = await at("bad", { serialize: true, retry: { delays: [300] } });
    const [first = ""] = await publish(1);
    await gone.untilStatus("disabled");
    const [second = ""] = await publish(1);

    const delivered = await verdict(first, good.id, "delivered");
    expect(delivered.delivery).toMatchObject({ sequence: 1, attempt_count: 1 });
    const dead = await verdict(first, bad.id, "dead");
    expect(dead.delivery).toMatchObject({ attempt_count: 2, last_attempt: { error: "status", status: 500 } });
    expect(await verdict(second, gone.id, "missed")).toMatchObject({ missed: { reason: "gone" } });
    expect((await verdict(second, ordered.id, "pending")).wait?.why).toBe("behind_head");
    expect((await verdict(first, ordered.id, "pending")).wait?.why).toMatch(/^(retry_at|in_flight|due)$/);

    scene.receiver.answer = () => ok;
    await bad.post(`/deliveries/${dead.delivery?.id}/replay`, 202);
    const replayed = await verdict(first, bad.id, "replayed");
    expect(replayed).toMatchObject({ deliveries: 2, delivery: { replay_of: dead.delivery?.id } });
  });

  it("survives a restart: the subscription of that time is still known", async () => {
    const endpoint = await create({ filter: "data.n > 5" });
    const [id = ""] = await publish(1);
    const { client } = scene.service;
    await client.request("PATCH", endpoint.path, { filter: null });
    await scene.service.kill9();
    await scene.service.restart();
    expect(await verdict(id, endpoint.id, "not_matched")).toMatchObject({
      subscription: { version: 1 },
      not_matched: { part: "data.n > 5", values: [{ expression: "data.n", value: "0" }] },
    });
  });
});
