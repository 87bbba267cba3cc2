import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { DeliveryBody } from "../../src/contract/delivery.ts";
import { noteEndpointReport } from "../../src/d1/endpoint-reports.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

/* Endpoints here are paused: they take what is handed over and attempt nothing. */

/** A workspace with so many endpoints, each of which has so many deliveries pending. */
async function workspaceOf(endpoints: number, events: number) {
  const workspace = await newWorkspace();
  const ids: string[] = [];
  for (let n = 0; n < endpoints; n++)
    ids.push((await newEndpoint(workspace, { status: "paused", types: ["a.*"] })).id);
  const batch = Array.from({ length: events }, (_, n) => ({ type: `a.${n % 2}`, data: { n } }));
  const { body } = await call("POST", "/v1/events/batch", { key: workspace.key, body: { events: batch } });
  for (const id of ids) {
    await expect.poll(async () => (await env.ENDPOINT.getByName(id).stats("1h")).pending).toBe(events);
  }
  const accepted: string[] = body.events.map((event: { id: string }) => event.id);
  return { workspace, ids: ids.toReversed(), events: accepted };
}

/** All that a query finds, page by page. */
async function allOf(workspace: Workspace, query: string): Promise<DeliveryBody[]> {
  const { status, body, text } = await call("GET", `/v1/deliveries?${query}`, { key: workspace.key });
  expect(status, text).toBe(200);
  return [...body.data, ...(await pagesAfter(workspace, query, body.next_cursor))];
}

const well = { at: 1, delivered: 0, dead: 0, retried: 0, attempts: 0, avgLatencyMs: null, pending: 0 };

describe("GET /v1/deliveries", () => {
  it("lists those of all endpoints, each once, and stays right while deliveries and endpoints are added", async () => {
    const { workspace, ids } = await workspaceOf(11, 5);
    const expected = ids.flatMap((id) => [5, 4, 3, 2, 1].map((sequence) => `${id} ${sequence}`));
    const { key } = workspace;
    const first = await call("GET", "/v1/deliveries?limit=7", { key });
    await call("POST", "/v1/events", { key, body: { type: "a.0", data: {} } });
    await newEndpoint(workspace, { status: "paused", types: ["a.*"] });
    expect(first.body.data).toHaveLength(7);
    const read = [...first.body.data, ...(await pagesAfter(workspace, "limit=7", first.body.next_cursor))];
    const seen = read.map((row) => `${row.endpoint_id} ${row.sequence}`);
    expect(seen.filter((one) => !one.endsWith(" 6"))).toEqual(expected);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("asks at most 32 endpoints a page, first those whose summaries tell of failures or of what is pending", async () => {
    const { workspace, ids } = await workspaceOf(40, 1);
    const [oldest = ""] = ids.toReversed();
    await noteEndpointReport(env.DB, oldest, { health: { ...well, attempts: 3, dead: 1 }, counts: {} });
    let asked = 0;
    const counting = {
      getByName: (id: string) => {
        asked++;
        return env.ENDPOINT.getByName(id);
      },
    };
    const ENDPOINT = counting as unknown as typeof env.ENDPOINT;
    const first = await call("GET", "/v1/deliveries?limit=200", { key: workspace.key, env: { ENDPOINT } });
    expect(asked).toBe(32);
    expect(first.body.data[0].endpoint_id).toBe(oldest);
    // What is troubled changes between the pages: nothing comes twice, or not at all.
    await noteEndpointReport(env.DB, oldest, { health: well, counts: {} });
    await noteEndpointReport(env.DB, ids[0] ?? "", { health: { ...well, attempts: 3, dead: 1 }, counts: {} });
    const rest = await pagesAfter(workspace, "limit=200", first.body.next_cursor);
    const seen = [...first.body.data, ...rest].map((row) => row.endpoint_id);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it("finds the troubled ones by their index", async () => {
    const { results } = await env.DB.prepare(
      `EXPLAIN QUERY PLAN SELECT id FROM endpoints WHERE workspace_id = 'ws' AND (json_extract(health, '$.attempts') > json_extract(health, '$.delivered') OR json_extract(health, '$.dead') > 0 OR json_extract(health, '$.pending') > 0) AND deleted_at IS NULL ORDER BY id DESC LIMIT 32`,
    ).all<{ detail: string }>();
    expect(results.map(({ detail }) => detail).join()).toContain("endpoints_troubled");
  });

  it("selects by status, type, time, endpoint and event, the publisher's own id too", async () => {
    const { workspace, ids, events } = await workspaceOf(3, 4);
    const { key } = workspace;
    const count = async (query: string) => (await allOf(workspace, query)).length;
    expect(await count("status=pending")).toBe(12);
    expect(await count("status=dead")).toBe(0);
    expect(await count("type=a.0")).toBe(6);
    expect(await count("type=a.*")).toBe(12);
    expect(await count(`endpoint_id=${ids[0]}`)).toBe(4);
    expect(await count(`event_id=${events[0]}`)).toBe(3);
    expect(await count(`event_id=${events[0]}&limit=1`)).toBe(3);
    expect(await count(`event_id=${events[0]}&endpoint_id=${ids[1]}&status=pending`)).toBe(1);
    expect(await count(`event_id=${events[0]}&type=a.1`)).toBe(0);
    expect(await count("event_id=nobody-had-it")).toBe(0);
    expect(await count("to=2020-01-01T00:00:00Z")).toBe(0);
    expect(await count("from=2020-01-01T00:00:00Z")).toBe(12);
    expect(await count("error=status")).toBe(0);
    const own = { type: "a.0", data: {}, id: "order/1" };
    await call("POST", "/v1/events", { key, body: own });
    await expect.poll(() => count("event_id=order%2F1")).toBe(3);
    const other = await newWorkspace();
    expect((await call("GET", `/v1/deliveries?endpoint_id=${ids[0]}`, { key: other.key })).status).toBe(404);
    expect((await call("GET", "/v1/deliveries?cursor=abc", { key })).status).toBe(422);
  });

  it("does not let a made-up cursor read another workspace", async () => {
    const { ids } = await workspaceOf(1, 1);
    const other = await newWorkspace();
    for (const place of [
      `all|first|${ids[0]}||`,
      `one|first|${ids[0]}|${ids[0]}|99`,
      `all|rest||${ids[0]}|99`,
    ]) {
      const cursor = Buffer.from(`deliveries of all:${place}`).toString("base64url");
      const { status, body } = await call("GET", `/v1/deliveries?cursor=${cursor}`, { key: other.key });
      expect([status, body.data]).toEqual([200, []]);
    }
  });
});

describe("GET /v1/stats", () => {
  it("tells each endpoint's flows and what they come to, all pages together each endpoint once", async () => {
    const { workspace, ids } = await workspaceOf(3, 2);
    const { body } = await call("GET", "/v1/stats?window=1h", { key: workspace.key });
    expect(body).toMatchObject({
      window: "1h",
      next_cursor: null,
      total: { pending: 6, delivered: 0, delivered_pct: null },
    });
    expect(body.data.map((row: { endpoint_id: string }) => row.endpoint_id)).toEqual(ids);
    expect(body.data[0]).toMatchObject({ pending: 2, missed: 0, oldest_pending_at: expect.any(String) });
    const first = await call("GET", "/v1/stats?limit=2", { key: workspace.key });
    const second = await call("GET", `/v1/stats?limit=2&cursor=${first.body.next_cursor}`, {
      key: workspace.key,
    });
    const seen = [...first.body.data, ...second.body.data].map((row) => row.endpoint_id);
    expect(seen).toEqual(ids);
    expect(second.body.next_cursor).toBeNull();
    expect(first.body.total.pending + second.body.total.pending).toBe(6);
  });
});

async function pagesAfter(
  workspace: Workspace,
  query: string,
  start: string | null,
): Promise<DeliveryBody[]> {
  const data: DeliveryBody[] = [];
  for (let cursor = start; cursor !== null; ) {
    const { body } = await call("GET", `/v1/deliveries?${query}&cursor=${cursor}`, { key: workspace.key });
    data.push(...body.data);
    cursor = body.next_cursor;
  }
  return data;
}
