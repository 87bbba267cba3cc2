import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { Inbox } from "../../src/inbox/inbox.ts";
import { placesOf } from "../../src/storage/places.ts";
import { Hub } from "../../src/tail/hub.ts";
import worker from "../../src/worker.ts";
import { call, newWorkspace, type Workspace } from "./client.ts";

/** A place for an inbox, and one for a hub. */
const FEW: Env = { ...env, LIVE_OBJECTS: "4" };
const BUSY = { isIdle: false };

const places = placesOf(FEW);
if (places === null) throw new Error("there is no limit");

let workspace: Workspace;
/** What one test leaves behind is closed long before the next one. */
let now = Date.now();

beforeEach(async () => {
  now += 3_600_000;
  workspace = await newWorkspace([]);
  vi.useFakeTimers({ toFake: ["Date"], now });
});

afterEach(() => {
  // Other files' tests in this isolate have their own time, in which it would seem to be in use.
  places.EVENT_LOG.noteClosed(workspace.id, true, Date.now());
  vi.useRealTimers();
});

/** Answers a request while the one place of a class is taken, once its patience is at its end. */
async function withoutPlace(objectClass: "INBOX" | "HUB", request: Request): Promise<Response> {
  const objects = places?.[objectClass];
  const leave = objects?.enter("another", Date.now());
  objects?.noteOpened("another", BUSY);
  try {
    const answer = worker.fetch(request, FEW, createExecutionContext());
    const isWaiting = () => expect(objects?.isWanted).toBe(true);
    await vi.waitFor(isWaiting, { timeout: 30_000 });
    vi.setSystemTime(Date.now() + 6000);
    return await answer;
  } finally {
    leave?.(Date.now());
    objects?.noteClosed("another", true, Date.now());
  }
}

describe("where few objects may be open", () => {
  it("answers 503 with Retry-After to what arrives at an inbox that finds no place, and keeps nothing", async () => {
    const made = await call("POST", "/v1/inboxes", { key: workspace.key });
    const answer = await withoutPlace("INBOX", new Request(made.body.url, { method: "POST", body: "x" }));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const read = await call("GET", `/v1/inboxes/${made.body.id}`, { key: workspace.key });
    expect(read.body.requests).toBe(0);
  });

  it("answers 503 to a socket for whose hub there is no place", async () => {
    const headers = { Upgrade: "websocket", authorization: `Bearer ${workspace.key}` };
    const answer = await withoutPlace("HUB", new Request("https://atlas.test/v1/tail", { headers }));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("gives an inbox its place where there is one, and has it make room when it is asked to", async () => {
    const made = await call("POST", "/v1/inboxes", { key: workspace.key });
    const request = new Request(made.body.url, { method: "POST", body: "x" });
    expect((await worker.fetch(request, FEW, createExecutionContext())).status).toBe(200);
    const token = new URL(made.body.url).pathname.slice("/in/".length);
    expect(places.INBOX.hasPlace(token)).toBe(true);
    await runInDurableObject(env.INBOX.getByName(token), async (_, state) => {
      const abort = vi.fn();
      // The object of this test stays: it only tells how it would have ended.
      Object.defineProperty(state, "abort", { value: abort, configurable: true });
      await new Inbox(state, FEW).close();
      expect(abort).toHaveBeenCalledOnce();
    });
    expect(places.INBOX.hasPlace(token)).toBe(false);
  });

  it("has an inbox whose alarm finds no place sleep on, with nothing read", async () => {
    places.INBOX.enter("another", Date.now());
    places.INBOX.noteOpened("another", BUSY);
    await runInDurableObject(env.INBOX.getByName(`in_${crypto.randomUUID()}`), async (_, state) => {
      const abort = vi.fn();
      Object.defineProperty(state, "abort", { value: abort, configurable: true });
      await new Inbox(state, FEW).alarm();
      expect(await state.storage.getAlarm()).toBeGreaterThanOrEqual(now + 30_000);
      await vi.waitFor(() => expect(abort).toHaveBeenCalledOnce());
      await state.storage.deleteAlarm();
    });
    places.INBOX.noteClosed("another", true, Date.now());
  });

  it("never closes a hub that somebody watches, and does once nobody does", async () => {
    const stub = env.HUB.getByName(workspace.id);
    const watching = JSON.stringify({
      watcher: {
        ...{ workspaceId: workspace.id, keyId: "key_1", expiresAt: null, scope: null },
        filter: {},
      },
      ...{ cursor: null, ticket: null },
    });
    await runInDurableObject(stub, async (_, state) => {
      const abort = vi.fn();
      Object.defineProperty(state, "abort", { value: abort, configurable: true });
      const leave = places.HUB.enter(workspace.id, Date.now());
      const hub = new Hub(state, FEW);
      expect(hub.isIdle).toBe(true);
      const headers = { Upgrade: "websocket", "x-watching": watching };
      const { webSocket } = await hub.fetch(new Request("http://hub/tail", { headers }));
      leave?.(Date.now());
      webSocket?.accept();
      expect(hub.isIdle).toBe(false);
      await hub.close();
      await hub.close(true);
      expect(abort).not.toHaveBeenCalled();
      // Another life of it knows as well.
      expect(new Hub(state, FEW).isIdle).toBe(false);
      await hub.erase();
      expect(hub.isIdle).toBe(true);
      await hub.close();
      expect(abort).toHaveBeenCalledOnce();
    });
  });
});
