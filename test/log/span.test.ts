import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import type { EventLog } from "../../src/log/event-log.ts";
import { buildSegment, segmentKey } from "../../src/log/store/segment.ts";
import { accepted, DAY_MS, HOUR_MS, loggedEvent, newEvent } from "./events.ts";
import { newLog } from "./rig.ts";

/** Every event of a span, page by page. */
async function all(stub: DurableObjectStub<EventLog>, from: number, to: number) {
  const events: Event[] = [];
  const sizes: number[] = [];
  for (let after: number | undefined; ; ) {
    const page = await stub.readSpan({ from, to, after });
    events.push(...page.events);
    sizes.push(page.events.length);
    if (page.next === null) return { events, sizes };
    after = page.next;
  }
}

describe("a span of time", () => {
  it("is read oldest first, in bounded pages, without a gap or a repetition", async () => {
    const stub = newLog();
    const ids: string[] = [];
    for (let first = 0; first < 1200; first += 400) {
      const events = Array.from({ length: 400 }, (_, n) => newEvent({ data: `{"n":${first + n}}` }));
      ids.push(...accepted(await stub.append({ events })).map((event) => event.id));
    }
    const { events, sizes } = await all(stub, Date.now() - HOUR_MS, Date.now() + HOUR_MS);
    expect(events.map((event) => event.id)).toEqual(ids);
    expect(events.map((event) => event.data)).toEqual(ids.map((_id, n) => `{"n":${n}}`));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    // Each of several logs that are read as one gives its share of a page.
    await stub.openFor(1, 4, [(await stub.closeFor(1, 4)) ?? 0]);
    const shared = await all(stub, Date.now() - HOUR_MS, Date.now() + HOUR_MS);
    expect(shared.events.map((event) => event.id)).toEqual(ids);
    expect(Math.max(...shared.sizes)).toBeLessThanOrEqual(125);
  });

  it("holds what was accepted from its start to before its end, and nothing that is older than 30 days", async () => {
    const stub = newLog();
    accepted(await stub.append({ events: [newEvent()] }));
    const [event] = (await all(stub, 0, Date.now() + HOUR_MS)).events;
    const at = event?.acceptedAt ?? 0;
    expect((await all(stub, at, at + 1)).events).toHaveLength(1);
    expect((await all(stub, at + 1, at + HOUR_MS)).events).toEqual([]);
    expect((await all(stub, at - HOUR_MS, at)).events).toEqual([]);
    expect((await all(stub, at - 60 * DAY_MS, at - 31 * DAY_MS)).events).toEqual([]);
  });

  it("goes on from the archive into what is still hot", async () => {
    const stub = newLog();
    const name = stub.name ?? "";
    const startedAt = Date.now() - HOUR_MS;
    const old = Array.from({ length: 900 }, (_, n) => {
      const event = loggedEvent(n);
      const acceptedAt = startedAt + n;
      return { ...event, position: acceptedAt * 1024, acceptedAt };
    });
    const { body, blocks } = await buildSegment(old, async () => undefined);
    const [first, last] = [old[0]?.position ?? 0, old.at(-1)?.position ?? 0];
    await env.ARCHIVE.put(segmentKey(name, first, last), body);
    await runInDurableObject(stub, (_instance, state) => {
      state.storage.sql.exec(
        "INSERT INTO segments (first, last, directory, ids) VALUES (?, ?, ?, NULL)",
        ...[first, last, JSON.stringify(blocks)],
      );
    });
    const hot = accepted(await stub.append({ events: [newEvent({ data: '{"hot":true}' })] }));
    const { events } = await all(stub, startedAt, Date.now() + 1);
    expect(events.map((event) => event.id)).toEqual([...old.map((event) => event.id), hot[0]?.id]);
  });
});

it("lists by context", async () => {
  const stub = newLog();
  const of = (campaignId: string) => newEvent({ type: "call_started", context: { campaignId } });
  const [, second] = accepted(await stub.append({ events: [of("a"), of("b"), of("a")] }));
  const page = await stub.listEvents({ type: "call_started", context: { campaignId: "b" }, limit: 5 });
  expect(page.rows.map((row) => row.id)).toEqual([second?.id]);
});
