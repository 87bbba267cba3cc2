import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { workspaceTotals } from "../../src/d1/endpoint-counts.ts";
import { noteEndpointReport, noteFinalCounts } from "../../src/d1/endpoint-reports.ts";
import { entombEndpoint, purgeEndpoint } from "../../src/d1/endpoint-writes.ts";
import { type Counts, countDuration } from "../../src/domain/counts.ts";
import type { Env } from "../../src/env.ts";
import { metricLines } from "../../src/metrics/scrape.ts";
import { familyLines } from "../../src/metrics/text.ts";
import { type Answer, call, newWorkspace, OPERATOR } from "./client.ts";
import { parseExposition, type Sample } from "./exposition.ts";

const NO_HEALTH = { delivered: 0, dead: 0, retried: 0, attempts: 0, avgLatencyMs: null, pending: 0 };

async function newEndpoint(key: string): Promise<string> {
  const { body } = await call("POST", "/v1/endpoints", { key, body: { url: "https://example.com/hooks" } });
  return body.id;
}

function report(id: string, counts: Counts, at: number = Date.now()): Promise<boolean> {
  return noteEndpointReport(env.DB, id, { health: { ...NO_HEALTH, at }, counts });
}

function scrape(query = ""): Promise<Answer> {
  return call("GET", `/metrics${query}`, { key: OPERATOR });
}

/** The value of the one sample with these labels; others it may have beside. */
function sampleValue(samples: Sample[], name: string, labels: Record<string, string>): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value;
}

describe("the text format", () => {
  it("is what the format's description says, families, labels and histograms", async () => {
    const { id: workspace, key } = await newWorkspace();
    const counts: Counts = { created: 3, delivered: 2, "attempts.success": 2, "attempts.timeout": 4 };
    for (const ms of [0, 50, 51, 99_999_999]) countDuration(counts, "latency", ms);
    const endpoint = await newEndpoint(key);
    await report(endpoint, counts);
    const { text, headers } = await scrape(`?workspace=${workspace}&endpoints=true`);
    expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const samples = parseExposition(text);
    for (const [prefix, labels] of [
      ["atlas", { workspace }],
      ["atlas_endpoint", { workspace, endpoint }],
    ] as const) {
      const value = (name: string, more: Record<string, string> = {}) =>
        sampleValue(samples, `${prefix}_${name}`, { ...labels, ...more });
      expect(value("deliveries_total", { result: "delivered" })).toBe(2);
      expect(value("deliveries_total", { result: "dead" })).toBe(0);
      expect(value("attempts_total", { outcome: "timeout" })).toBe(4);
      expect(value("delivery_latency_seconds_bucket", { le: "0.05" })).toBe(2);
      expect(value("delivery_latency_seconds_bucket", { le: "0.1" })).toBe(3);
      expect(value("delivery_latency_seconds_bucket", { le: "86400" })).toBe(3);
      expect(value("delivery_latency_seconds_bucket", { le: "+Inf" })).toBe(4);
      expect(value("delivery_latency_seconds_count")).toBe(4);
      expect(value("delivery_latency_seconds_sum")).toBe(100_000.1);
      expect(value("attempt_duration_seconds_count")).toBe(0);
    }
    parseExposition((await scrape()).text);
  });

  it("escapes what labels and help texts hold", () => {
    const lines = familyLines(
      { name: "a", type: "gauge", help: 'C:\\temp "is"\nfull', value: (value: number) => value },
      [{ labels: { path: 'C:\\temp "is"\nfull' }, source: 1.5e-7 }],
    );
    const text = `${lines.join("\n")}\n`;
    expect(text.split("\n")).toHaveLength(4);
    expect(parseExposition(text)).toEqual([
      { name: "a", labels: { path: 'C:\\temp "is"\nfull' }, value: 1.5e-7 },
    ]);
  });
});

describe("counters of a workspace", () => {
  it("keep what deleted endpoints counted to the last, once, whatever is tried again or comes late", async () => {
    const { id: workspace, key } = await newWorkspace();
    const ids = [await newEndpoint(key), await newEndpoint(key), await newEndpoint(key)];
    for (const id of ids) await report(id, { delivered: 10, "attempts.reset": 1 });
    const counted = async () => {
      const samples = parseExposition((await scrape(`?workspace=${workspace}`)).text);
      return [
        sampleValue(samples, "atlas_deliveries_total", { workspace, result: "delivered" }),
        sampleValue(samples, "atlas_attempts_total", { workspace, outcome: "reset" }),
      ];
    };
    expect(await counted()).toEqual([30, 3]);
    for (const [n, id] of ids.slice(1).entries()) {
      const row = await loadEndpointRow(env.DB, id);
      const tombstone = row && (await entombEndpoint(env.DB, row, Date.now(), UNRECORDED));
      if (!tombstone) throw new Error("there is no such endpoint");
      const last = { delivered: 12 + n, "attempts.reset": 1, "attempts.dns": 1 };
      for (let time = 0; time < 2; time++) {
        await noteFinalCounts(env.DB, id, last);
        await purgeEndpoint(env.DB, tombstone);
        await report(id, { delivered: 1000 });
      }
    }
    expect(await counted()).toEqual([35, 3]);
    const { text } = await scrape(`?workspace=${workspace}`);
    expect(text).toContain(`atlas_attempts_total{workspace="${workspace}",outcome="dns"} 2\n`);
  });

  it("stay as they were told last when a report comes late, but follow a clock that was set back", async () => {
    const { id: workspace, key } = await newWorkspace();
    const endpoint = await newEndpoint(key);
    const delivered = async () => {
      const samples = parseExposition((await scrape(`?workspace=${workspace}`)).text);
      return sampleValue(samples, "atlas_deliveries_total", { workspace, result: "delivered" });
    };
    const now = Date.now();
    await report(endpoint, { delivered: 3 }, now);
    await report(endpoint, { delivered: 2 }, now - 30_000);
    expect(await delivered()).toBe(3);
    await report(endpoint, { delivered: 4 }, now - 3600_000);
    expect(await delivered()).toBe(4);
  });

  it("of the last 24 hours have nothing of an endpoint that told nothing since", async () => {
    const { id: workspace, key } = await newWorkspace();
    const health = { ...NO_HEALTH, attempts: 5, delivered: 4, pending: 2 };
    for (const ageMs of [60_000, 25 * 3600_000])
      await noteEndpointReport(env.DB, await newEndpoint(key), {
        health: { ...health, at: Date.now() - ageMs },
        counts: {},
      });
    const samples = parseExposition((await scrape(`?workspace=${workspace}`)).text);
    expect(sampleValue(samples, "atlas_attempts_24h", { workspace })).toBe(5);
    expect(sampleValue(samples, "atlas_pending_deliveries", { workspace })).toBe(4);
  });

  it("are read in pages, of all its endpoints", async () => {
    const { id: workspace } = await newWorkspace();
    const { id: other } = await newWorkspace();
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       INSERT INTO endpoints (id, workspace_id, version, synced, url, description, metadata, dialect, dialect_options,
         subscription, policy, status, sealed, created_at, updated_at, deleted_at, counts)
       SELECT ?1 || i, ?1, 1, 1, '', '', '{}', 'atlas', '{}', '{}', '{}', 'enabled', '', 0, 0,
         iif(i % 6 = 0, 1, NULL), '{"delivered":1}' FROM n`,
    )
      .bind(workspace)
      .run();
    const totals = await workspaceTotals(env.DB, [other, workspace], Date.now());
    expect(totals.map(({ workspaceId, counts }) => [workspaceId, counts.delivered])).toEqual([
      [workspace, 1000],
      [other, undefined],
    ]);
  });
});

describe("what a scrape is asked for", () => {
  it("is refused where it is unknown: a workspace, a parameter, endpoints of no workspace", async () => {
    const unknown = await scrape("?workspace=ws_01K3VN2YQ8T4M6Z0000000000A");
    expect([unknown.status, unknown.body.code]).toEqual([404, "not_found"]);
    for (const [query, path] of [
      ["?endpoints=true", "workspace"],
      ["?endpoints=yes", "endpoints"],
      ["?workspaces=a", "workspaces"],
    ]) {
      const { status, body } = await scrape(query);
      expect([status, body.errors[0].path]).toEqual([422, path]);
    }
  });

  it("is one workspace alone, and without endpoints unless they are asked for", async () => {
    const [own, other] = [await newWorkspace(), await newWorkspace()];
    await newEndpoint(own.key);
    const { text } = await scrape(`?workspace=${own.id}`);
    expect(text).toContain(own.id);
    expect(text).not.toContain(other.id);
    expect(text).not.toContain("atlas_endpoint_");
  });
});

it("tells of the others where the log of one workspace never answers, and how many did not", async () => {
  const other = await newWorkspace();
  // More than are asked at once: the newest are first.
  for (let n = 0; n < 8; n++) await newWorkspace();
  const silent = await newWorkspace();
  const hanging = new Proxy({}, { get: () => () => new Promise<never>(() => {}) });
  const EVENT_LOG = {
    getByName: (name: string) => (name === silent.id ? hanging : env.EVENT_LOG.getByName(name)),
  } as unknown as Env["EVENT_LOG"];
  const lines = await metricLines({ ...env, EVENT_LOG }, undefined, false, 500);
  const samples = parseExposition(`${lines.join("\n")}\n`);
  const hotBytes = ({ id }: { id: string }) =>
    samples.filter(({ name, labels }) => name === "atlas_hot_bytes" && labels.workspace === id).length;
  expect([hotBytes(silent), hotBytes(other)]).toEqual([0, 1]);
  expect(sampleValue(samples, "atlas_unanswered_workspaces", {})).toBe(1);
});

describe("what commits take", () => {
  it("is counted where all objects are in one process, and told nowhere else", async () => {
    const DISK = {
      fetch: async () => Response.json({ totalBytes: 1e12, freeBytes: 9e11 }),
    } as unknown as Fetcher;
    const { key } = await newWorkspace();
    const commits = async () => {
      const { text } = await call("GET", "/metrics", { key: OPERATOR, env: { DISK } });
      const samples = parseExposition(text);
      return ["atlas_commits_total", "atlas_commit_seconds_total"].map(
        (name) => sampleValue(samples, name, {}) ?? -1,
      );
    };
    const [before = -1, secondsBefore = -1] = await commits();
    await call("POST", "/v1/events", { key, body: { type: "deal.created", data: {} } });
    const [after = -1, secondsAfter = -1] = await commits();
    expect(after).toBeGreaterThan(before);
    expect(secondsAfter).toBeGreaterThanOrEqual(secondsBefore);
    expect(secondsBefore).toBeGreaterThanOrEqual(0);
    expect((await scrape()).text).not.toContain("atlas_commits_total");
  });
});
