import { describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { failed, ok } from "./receiver.ts";
import { setScene } from "./scene.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("the traceparent of a publish", () => {
  const scene = setScene("traces", { retry: { delays: [0.1] } });

  const publish = (traceparent: string, path = "/v1/events") => {
    const event = { type: scene.type, data: {} };
    const body = path === "/v1/events" ? event : { events: [event, event] };
    return scene.service.client.request("POST", path, body, { traceparent });
  };
  const sent = () => scene.receiver.requests.map(({ headers }) => headers.traceparent);

  it("goes to the receivers with each attempt as a span of its own, which is one line in the log", async () => {
    const endpoint = await scene.create();
    scene.receiver.answer = () => (scene.receiver.requests.length === 1 ? failed : ok);
    await publish(`00-${TRACE}-${SPAN}-01`);
    const { attempts, event_id: id } = await endpoint.ended("delivered");
    const spans = sent().map(
      (header) => new RegExp(`^00-${TRACE}-([0-9a-f]{16})-01$`).exec(header as string)?.[1],
    );
    expect(new Set([...spans, SPAN]).size).toBe(3);
    expect(attempts.map(({ request }) => request.headers.traceparent)).toEqual(sent());
    const lines = await eventually("a line for each span", () => {
      const found = scene.service.process
        .stdout()
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.includes(TRACE));
      return found.length >= 2 && found;
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      [1, 2].map((attempt) => ({
        ...{ level: "info", message: "span", trace_id: TRACE, parent_span_id: SPAN, event: id, attempt },
        ...{ span_id: spans[attempt - 1], endpoint: endpoint.id, sequence: 1 },
        ...{ status: attempt === 1 ? 500 : 200, code: attempt === 1 ? "status" : null },
        duration_ms: expect.any(Number),
      })),
    );
  });

  it("goes with every event of a batch, and with a replay", async () => {
    const endpoint = await scene.create();
    await publish(`00-${TRACE}-${SPAN}-00`, "/v1/events/batch");
    const [delivery] = await endpoint.untilCount(2, "delivered");
    await endpoint.post(`/deliveries/${delivery?.id}/replay`, 202);
    await scene.receiver.received(3);
    expect(sent()).toEqual(Array(3).fill(expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))));
    expect(new Set(sent()).size).toBe(3);
  });

  it("that is none is as if it were not there", async () => {
    await scene.create();
    await publish(`00-${TRACE}-${"0".repeat(16)}-01`);
    await publish("hello");
    await scene.receiver.received(2);
    expect(sent()).toEqual([undefined, undefined]);
  });

  it("does not take the place of an endpoint's own", async () => {
    const own = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
    await scene.create({ headers: { Traceparent: own } });
    await publish(`00-${TRACE}-${SPAN}-00`);
    await scene.receiver.received(1);
    expect(sent()).toEqual([own]);
  });
});
