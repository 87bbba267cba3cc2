import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { filler, HOUR_MS, newEvent, ownId } from "../events.ts";
import { count, found, newLog, publish, restart, subscribe } from "../rig.ts";
import { archive, keysOf, pass, useTestClock } from "./archive-rig.ts";

useTestClock();

describe("an archived event", () => {
  it("is found by id, whoever made it and whenever, byte for byte", async () => {
    const log = newLog();
    const now = Date.now();
    const data = ['{"名":"☃ \\u00e9 é 𝄞","n":12345678901234567890.10}', '{ "b" : 1,\n\t"a":1e3}', "{}"];
    const ids: string[] = [];
    for (const [n, id] of [undefined, ownId(now), ownId(now - 23 * HOUR_MS)].entries()) {
      const [answer] = await publish(log, { id, data: data[n] });
      ids.push(answer?.id ?? "");
    }
    await archive(log);
    await restart(log);
    for (const [n, id] of ids.entries()) expect((await found(log, id)).event.data).toBe(data[n]);
    expect(await log.findEvent(ownId(now))).toEqual({ outcome: "unknown" });
  });

  it("of 1 MiB comes back whole, wherever it lies among small ones", async () => {
    const log = newLog();
    const large = `"${"é".repeat(512 * 1024 - 10)}"`;
    const answers = await publish(log, { data: "1" }, { data: large }, { data: "2" }, { data: large });
    await archive(log);
    const texts = [];
    for (const { id } of answers) texts.push((await found(log, id)).event.data);
    expect(texts).toEqual(["1", large, "2", large]);
  });

  it("keeps everything else too: match, missed, tags, context, created", async () => {
    const log = newLog();
    await subscribe(log, "ep_taken");
    await subscribe(log, "ep_off", {}, { disabled: true });
    const given = { created: 1_700_000_000, tags: ["a"], context: { k: "v" }, apiVersion: "2025-01-01" };
    const [answer] = await publish(log, { ...given, sent: all() });
    const hot = await found(log, answer?.id ?? "");
    await archive(log);
    expect(await found(log, answer?.id ?? "")).toEqual(hot);
    expect(hot).toMatchObject({
      event: given,
      matched: 1,
      endpoints: [
        { id: "ep_taken", deleted: false, missed: false },
        { id: "ep_off", deleted: false, missed: true },
      ],
    });
  });

  it("is still known to be the same when it is sent again", async () => {
    const log = newLog();
    const own = { id: ownId() };
    const far = { id: ownId(Date.now() - HOUR_MS) };
    const [made] = await publish(log, {});
    const first = [made, ...(await publish(log, own, far))];
    await archive(log);
    await restart(log);
    expect(await publish(log, { id: made?.id }, own, far)).toEqual(first);
    for (const id of [made?.id, own.id, far.id]) {
      const events = [newEvent({ id, data: '{"other":1}' })];
      expect(await log.append({ events })).toEqual({ outcome: "conflict", index: 0 });
    }
    pass(22 * HOUR_MS);
    expect(await publish(log, { id: made?.id }, own, far)).toEqual(first);
  });
});

describe("a segment", () => {
  it("is closed at 4 MiB, without waiting for its ten minutes", async () => {
    const log = newLog();
    const data = `"${filler(1_000_000)}"`;
    const answers = [];
    for (let n = 0; n < 9; n++) answers.push(...(await publish(log, { data })));
    await runDurableObjectAlarm(log);
    const keys = await keysOf(log);
    expect(keys.length).toBeGreaterThanOrEqual(1);
    expect(await count(log, "SELECT sum(bytes) FROM chunks")).toBeLessThan(4 * 1024 * 1024);
    for (const { id } of answers) expect((await found(log, id)).event.data).toBe(data);
  });

  it("is named by its first and last position, and listed whole", async () => {
    const log = newLog();
    await publish(log, {}, {});
    const first = await count(log, "SELECT min(first) FROM chunks");
    await publish(log, {});
    const last = await count(log, "SELECT max(last) FROM chunks");
    await archive(log);
    expect(await keysOf(log)).toEqual([`${first}-${last}`]);
    expect((await log.metrics()).unarchivedEvents).toBe(0);
    expect((await log.metrics()).hotBytes).toBe(0);
  });

  it("holds blocks that name the endpoints they concern", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", { types: ["deal.*"] });
    await publish(log, {}, { type: "lead.created" });
    await archive(log);
    const directory = await runInDurableObject(log, (_instance, { storage }) =>
      JSON.parse(storage.sql.exec<{ directory: string }>("SELECT directory FROM segments").one().directory),
    );
    expect(directory).toMatchObject([{ endpoints: [1], offset: 0 }]);
  });
});

function all() {
  return { created: true, apiVersion: true, tags: true, context: true };
}
