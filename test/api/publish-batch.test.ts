import { beforeAll, describe, expect, it } from "vitest";
import { ulid } from "../../src/domain/ids.ts";
import type { Env } from "../../src/env.ts";
import { platform } from "../../src/platform.ts";
import { badFields, call, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const publish = (body: unknown) => call("POST", "/v1/events", { key: workspace.key, body });
const publishBatch = (body: unknown) => call("POST", "/v1/events/batch", { key: workspace.key, body });
const event = (id: string) => call("GET", `/v1/events/${id}`, { key: workspace.key });

describe("POST /v1/events/batch", () => {
  it("accepts all, in order, each with its data byte for byte", async () => {
    const answer = await publishBatch(
      '{"events": [ {"type":"b.1","data":{"n":1.0}} ,{"data":{"n": 2e0},"type":"b.2"}]}',
    );
    expect(answer.status).toBe(202);
    expect(answer.body.events.map((one: { type: string }) => one.type)).toEqual(["b.1", "b.2"]);
    expect((await event(answer.body.events[0].id)).text).toContain('"data":{"n":1.0}}');
    expect((await event(answer.body.events[1].id)).text).toContain('"data":{"n": 2e0}}');
  });

  it("stores none when one is bad, and names its index", async () => {
    const good = { type: "none.of.these", data: {} };
    const answer = await publishBatch({
      events: [good, { type: "b", data: 1 }, good, { ...good, colour: 1 }],
    });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["events[1].data", "events[3].colour"]);
    const listed = await call("GET", "/v1/events?type=none.of.these", { key: workspace.key });
    expect(listed.body.data).toEqual([]);
  });

  it("names the index of an id that was accepted with other content, and stores none", async () => {
    const id = `evt_${ulid(Date.now(), platform)}`;
    await publish({ id, type: "a.b", data: { n: 1 } });
    const answer = await publishBatch({
      events: [
        { type: "none.of.those", data: {} },
        { id, type: "a.b", data: { n: 2 } },
      ],
    });
    expect(answer.status).toBe(409);
    expect(badFields(answer)).toEqual(["events[1].id"]);
    const listed = await call("GET", "/v1/events?type=none.of.those", { key: workspace.key });
    expect(listed.body.data).toEqual([]);
  });

  it("answers 422 that asks for smaller batches where the log has room for none of this size", async () => {
    const append = async () => ({ outcome: "overloaded", retryAfterSeconds: 10, mustSplit: true });
    const env = { EVENT_LOG: { getByName: () => ({ append }) } as unknown as Env["EVENT_LOG"] };
    const body = { events: [{ type: "a", data: {} }] };
    const answer = await call("POST", "/v1/events/batch", { key: workspace.key, body, env });
    expect([answer.status, answer.body.code]).toEqual([422, "batch_too_wide"]);
    expect(answer.body.detail).toContain("send them in smaller batches");
  });

  it("refuses none and more than 1,000", async () => {
    const one = { type: "a", data: {} };
    expect((await publishBatch({ events: [] })).status).toBe(422);
    expect((await publishBatch({ events: Array(1001).fill(one) })).status).toBe(422);
    expect((await publishBatch({ events: Array(1000).fill(one) })).status).toBe(202);
  });

  it("refuses one of more than 1 MiB among them, in bytes", async () => {
    const large = { type: "a", data: { x: "é".repeat(600_000) } };
    const answer = await publishBatch({ events: [{ type: "a", data: {} }, large] });
    expect(answer.status).toBe(413);
    expect(answer.body.detail).toContain("events[1]");
  });
});
