import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, newWorkspace, OPERATOR } from "../api/client.ts";

const MIB = 1024 * 1024;

let key: string;
let free: number;

/** A disk of 1 GiB, with as much free as the test says. */
const disk = {
  fetch: async () => Response.json({ freeBytes: free, totalBytes: 1024 * MIB }),
} as unknown as Fetcher;

beforeEach(async () => {
  key = (await newWorkspace()).key;
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(async () => {
  // The next test's disk has room, and nothing failed of late.
  free = 1000 * MIB;
  later();
  await call("GET", "/health", { env: { DISK: disk } });
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What is known of the disk is asked anew. */
const later = () => vi.setSystemTime(Date.now() + 5000);

const publish = (more: object = {}) =>
  call("POST", "/v1/events", { key, body: { type: "a.b", data: {} }, env: { DISK: disk, ...more } });

describe("a disk without room", () => {
  it("answers publishing with 503 storage_full and Retry-After, and takes events again when there is room", async () => {
    free = MIB;
    await call("GET", "/health", { env: { DISK: disk } });
    const refused = await publish();
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
      503,
      "storage_full",
      "10",
    ]);
    free = 500 * MIB;
    later();
    expect((await publish()).status).toBe(202);
  });

  it("is told by /health and by the metrics", async () => {
    const told = async () => {
      later();
      const health = await call("GET", "/health", { env: { DISK: disk } });
      const metrics = await call("GET", "/metrics", { key: OPERATOR, env: { DISK: disk } });
      return [health.status, health.body.status, /^atlas_storage_full (\d)$/m.exec(metrics.text)?.[1]];
    };
    free = 100 * MIB;
    expect(await told()).toEqual([200, "ok", "0"]);
    free = 5 * MIB;
    expect(await told()).toEqual([503, "storage_full", "1"]);
  });

  it("leaves the last of it to what must be stored: an endpoint can still be paused", async () => {
    free = 5 * MIB;
    const body = { url: "https://example.com/hook" };
    const { status, body: endpoint } = await call("POST", "/v1/endpoints", {
      key,
      body,
      env: { DISK: disk },
    });
    expect(status).toBe(201);
    const paused = { key, body: { status: "paused" }, env: { DISK: disk } };
    expect((await call("PATCH", `/v1/endpoints/${endpoint.id}`, paused)).status).toBe(200);
  });
});

describe("a write that finds no room", () => {
  /** D1 as it is, but for what is to be written. */
  const failing = (message: string) => {
    const fails = async () => {
      throw new Error(message);
    };
    return {
      DB: Object.assign(Object.create(env.DB), { batch: fails, prepare: env.DB.prepare.bind(env.DB) }),
    };
  };

  it.each([
    ["SQLite says so", "D1_ERROR: database or disk is full: SQLITE_FULL", undefined],
    ["D1 is as large as it may be", "D1_ERROR: Exceeded maximum DB size", undefined],
    ["only the disk says so", "internal error; reference = abc", disk],
  ])("is answered 503 storage_full: %s", async (_how, message, DISK) => {
    free = 0;
    later();
    const body = { url: "https://example.com/hook" };
    const more = { ...failing(message), ...(DISK ? { DISK } : {}) };
    for (const headers of [{}, { "Idempotency-Key": "key-1" }] as Record<string, string>[]) {
      const answer = await call("POST", "/v1/endpoints", { key, body, headers, env: more });
      expect([answer.status, answer.body.code]).toEqual([503, "storage_full"]);
    }
  });

  it("is a fault of ours where there is room", async () => {
    free = 1000 * MIB;
    later();
    const body = { url: "https://example.com/hook" };
    const more = { ...failing("a fault of another kind"), DISK: disk };
    const answer = await call("POST", "/v1/endpoints", { key, body, env: more });
    expect([answer.status, answer.body.code]).toEqual([500, "internal"]);
  });
});
