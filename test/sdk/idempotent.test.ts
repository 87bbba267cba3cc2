import { describe, expect, it } from "vitest";
import { EventBusyError, idempotent, memoryStore, type Place } from "../../src/sdk/idempotent.ts";

describe("idempotent", () => {
  it("handles an event once, however often it comes", async () => {
    const once = idempotent(memoryStore());
    let handled = 0;
    for (let attempt = 1; attempt <= 3; attempt++) {
      const isNew = await once({ id: "evt_1", sequence: 1 }, () => handled++);
      expect(isNew).toBe(attempt === 1);
    }
    expect(handled).toBe(1);
  });

  it("lets an event come again whose handling failed", async () => {
    const once = idempotent(memoryStore());
    const failing = once({ id: "evt_1" }, () => Promise.reject(new Error("no disk")));
    await expect(failing).rejects.toThrow("no disk");
    expect(await once({ id: "evt_1" }, () => {})).toBe(true);
  });

  it("refuses a second delivery while the first one is being handled: its end is not known yet", async () => {
    const once = idempotent(memoryStore());
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = once({ id: "evt_1" }, () => promise);
    const second = once({ id: "evt_1" }, () => {});
    await expect(second).rejects.toThrow(EventBusyError);
    await expect(second).rejects.toMatchObject({ statusCode: 503 });
    resolve();
    expect(await first).toBe(true);
    expect(await once({ id: "evt_1" }, () => {})).toBe(false);
  });

  it("tells a gap and an old sequence", async () => {
    const once = idempotent(memoryStore());
    const places: Place[] = [];
    for (const sequence of [5, 6, 9, 7, 10, 0]) {
      await once({ id: `evt_${sequence}`, sequence }, (place) => places.push(place));
    }
    await once({ id: "evt_unnumbered" }, (place) => places.push(place));
    expect(places).toEqual([
      { order: "next" },
      { order: "next" },
      { order: "gap", missing: 2 },
      { order: "old", highest: 9 },
      { order: "next" },
      { order: "next" },
      { order: "next" },
    ]);
  });

  it("does not count a sequence whose handling failed as reached", async () => {
    const once = idempotent(memoryStore());
    await once({ id: "evt_1", sequence: 1 }, () => {});
    await once({ id: "evt_2", sequence: 2 }, () => Promise.reject(new Error("no"))).catch(() => {});
    let place: Place | undefined;
    await once({ id: "evt_3", sequence: 3 }, (given) => {
      place = given;
    });
    expect(place).toEqual({ order: "gap", missing: 1 });
  });

  it("remembers the newest ids in memory, as many as it is told", async () => {
    const store = memoryStore(2);
    const once = idempotent(store);
    for (const id of ["evt_1", "evt_2", "evt_3"]) await once({ id }, () => {});
    expect([await store.claim("evt_3"), await store.claim("evt_1")]).toEqual(["done", "new"]);
  });
});
