import { describe, expect, it, vi } from "vitest";
import { AlarmCalendar } from "../../src/storage/alarm-calendar.ts";
import { OpenObjects, SLEEPERS } from "../../src/storage/open-objects.ts";

const SECOND_MS = 1000;
const IDLE = { isIdle: true };
const BUSY = { isIdle: false };

/** So many places, all taken at time 0 by objects that are what is said. */
function full(places: number, object: { isIdle: boolean }): OpenObjects {
  const objects = new OpenObjects(places);
  for (let i = 0; i < places; i++) {
    objects.take(`open${i}`, 0);
    objects.noteOpened(`open${i}`, object);
  }
  return objects;
}

describe("the places for open objects", () => {
  it("are no more than there are, and one is free again when its object was evicted", () => {
    const objects = full(2, IDLE);
    expect(objects.take("third", 100)).toBe(false);
    expect(objects.take("open0", 200)).toBe(true);
    expect(objects.take("third", 11 * SECOND_MS)).toBe(false);
    expect(objects.take("third", 12 * SECOND_MS + 200)).toBe(true);
  });

  it("are kept by an object that works or is called, for however long nobody waits", () => {
    const objects = full(1, BUSY);
    const leave = objects.enter("open0", 0);
    for (let now = 0; now < 600 * SECOND_MS; now += SECOND_MS)
      expect(objects.mayGoOn("open0", now)).toBe(true);
    leave?.(600 * SECOND_MS);
  });

  it("of objects that rest are given to those who wait, as soon as they are closed", () => {
    const objects = full(3, IDLE);
    objects.noteOpened("open1", BUSY);
    const leave = objects.enter("open2", 0);
    expect(objects.take("waiting", SECOND_MS)).toBe(false);
    expect(objects.chooseToClose(SECOND_MS)).toEqual(["open0"]);
    // It is not asked twice, and not to be called meanwhile.
    expect(objects.chooseToClose(SECOND_MS)).toEqual([]);
    expect(objects.take("open0", SECOND_MS)).toBe(false);
    objects.noteClosed("open0", true, SECOND_MS);
    expect(objects.take("waiting", SECOND_MS)).toBe(true);
    leave?.(SECOND_MS);
  });

  it("are looked through ten times a second at the most while all are busy, however many wait and ask", () => {
    let asked = 0;
    const busy = {
      get isIdle() {
        asked++;
        return false;
      },
    };
    const objects = full(100, busy);
    for (let now = SECOND_MS; now < 2 * SECOND_MS; now += 10) {
      for (let i = 0; i < 50; i++) {
        objects.take(`waiting${i}`, now, "ws");
        expect(objects.chooseToClose(now)).toEqual([]);
      }
    }
    expect(asked).toBeLessThanOrEqual(10 * 100);
    expect(asked).toBeGreaterThan(100);
  });

  it("of many that rest are given up at once, four at a time and those that were open longest first", () => {
    const objects = full(100, IDLE);
    for (let i = 0; i < 100; i++) objects.take(`waiting${i}`, SECOND_MS);
    for (let group = 0; group < 100; group += 4) {
      const names = objects.chooseToClose(SECOND_MS);
      const expected = Array.from({ length: Math.min(4, 100 - group) }, (_, i) => `open${group + i}`);
      expect(names).toEqual(expected);
      expect(objects.chooseToClose(SECOND_MS)).toEqual([]);
      for (const name of names) objects.noteClosed(name, true, SECOND_MS);
    }
  });

  it("are not taken from an object that found something to do when it was to be closed", () => {
    const objects = full(1, IDLE);
    objects.take("waiting", SECOND_MS);
    expect(objects.chooseToClose(SECOND_MS)).toEqual(["open0"]);
    objects.noteClosed("open0", false, SECOND_MS);
    expect(objects.mayGoOn("open0", SECOND_MS)).toBe(true);
    expect(objects.take("waiting", SECOND_MS)).toBe(false);
  });

  it("go to those who wait in the order in which they first asked", () => {
    const objects = full(2, BUSY);
    for (const name of ["first", "second", "third"]) objects.take(name, SECOND_MS);
    objects.noteClosed("open0", true, SECOND_MS);
    expect(objects.take("third", 1001)).toBe(false);
    expect(objects.take("second", 1001)).toBe(false);
    expect(objects.take("first", 1001)).toBe(true);
    objects.noteClosed("open1", true, 1001);
    expect(objects.take("third", 1002)).toBe(false);
    expect(objects.take("second", 1002)).toBe(true);
  });

  it("do not wait for one that has given up", () => {
    const objects = full(1, BUSY);
    objects.take("gone", 0);
    objects.take("patient", 4 * SECOND_MS);
    objects.noteClosed("open0", true, 6 * SECOND_MS);
    expect(objects.take("patient", 6 * SECOND_MS)).toBe(true);
  });

  it("are given to objects that sleep by whoever leaves one, but for those that are a caller's", () => {
    const objects = full(3, BUSY);
    objects.take("sleeper1", 0, SLEEPERS);
    objects.take("caller", 0);
    objects.take("sleeper2", 0, SLEEPERS);
    const leave = (name: string) => objects.noteClosed(name, true, SECOND_MS);
    leave("open0");
    expect(objects.chooseToGoOn(SECOND_MS)).toEqual(["sleeper1"]);
    expect(objects.mayGoOn("sleeper1", SECOND_MS)).toBe(true);
    leave("open1");
    expect(objects.chooseToGoOn(SECOND_MS)).toEqual([]);
    expect(objects.take("caller", SECOND_MS)).toBe(true);
    leave("open2");
    expect(objects.chooseToGoOn(SECOND_MS)).toEqual(["sleeper2"]);
  });

  it("go to one workspace's hand-over, another's, callers and retries in turn, however many wait of each", () => {
    const objects = full(1, BUSY);
    const ask = (now: number): string[] => {
      const taken = ["a1", "a2", "a3"].filter((name) => objects.take(name, now, "ws_a"));
      if (objects.take("b1", now, "ws_b")) taken.push("b1");
      if (objects.enter("called", now)) taken.push("called");
      return [...taken, ...objects.chooseToGoOn(now)];
    };
    for (let i = 0; i < 1000; i++) objects.take(`retry${i}`, 0, SLEEPERS);
    expect(ask(0)).toEqual([]);
    const order: string[] = [];
    let last = "open0";
    for (let i = 0; i < 6; i++) {
      // What was left behind by those before it is closed by then.
      const now = i * 2 * SECOND_MS + 1;
      ask(now - 1);
      objects.noteClosed(last, true, now);
      last = ask(now)[0] ?? "nobody";
      order.push(last);
    }
    expect(order).toEqual(["retry0", "a1", "b1", "called", "retry1", "a2"]);
  });

  it("keep an object that sleeps in its line when a caller of it has given up", () => {
    const objects = full(1, BUSY);
    objects.take("sleeper", 0, SLEEPERS);
    objects.take("sleeper", 0);
    objects.leave("sleeper");
    objects.noteClosed("open0", true, SECOND_MS);
    expect(objects.chooseToGoOn(SECOND_MS)).toEqual(["sleeper"]);
  });

  it("are an object's own while it is called, even if its turn ends before it is open", () => {
    const objects = full(1, BUSY);
    const leave = objects.enter("open0", 14 * SECOND_MS);
    objects.take("waiting", 15 * SECOND_MS);
    expect(objects.mayOpen("open0", 15 * SECOND_MS)).toBe(true);
    leave?.(15 * SECOND_MS);
    expect(objects.mayOpen("open0", 15 * SECOND_MS)).toBe(false);
    expect(objects.mayOpen("another", 15 * SECOND_MS)).toBe(false);
  });

  it("are held for 15 s at the most while others wait: then their objects start nothing new and are not called", () => {
    const objects = full(1, BUSY);
    const step = (now: number) => {
      objects.take("waiting", now);
      return [objects.mayGoOn("open0", now), objects.enter("open0", now) !== null];
    };
    expect(step(14 * SECOND_MS)).toEqual([true, true]);
    expect(step(15 * SECOND_MS)).toEqual([false, false]);
  });

  it("are kept by what may not be interrupted for as long as it is busy, however many wait", () => {
    const objects = new OpenObjects(1, { takesTurns: false });
    objects.take("watched", 0);
    const watched = { isIdle: false };
    objects.noteOpened("watched", watched);
    for (let now = SECOND_MS; now < 600 * SECOND_MS; now += 9 * SECOND_MS) {
      expect(objects.take("waiting", now)).toBe(false);
      expect([objects.mayGoOn("watched", now), objects.chooseToClose(now)]).toEqual([true, []]);
    }
    watched.isIdle = true;
    expect(objects.chooseToClose(600 * SECOND_MS)).toEqual(["watched"]);
  });

  it("are free at once where no connection is left behind", () => {
    const objects = new OpenObjects(1, { leavesConnection: false });
    for (let i = 0; i < 20; i++) {
      expect(objects.take(`open${i}`, 0)).toBe(true);
      objects.noteClosed(`open${i}`, true, 0);
    }
  });

  it("are fewer for as long as the connections of objects that were closed stay open", () => {
    const objects = full(4, IDLE);
    for (let i = 0; i < 4; i++) objects.noteClosed(`open${i}`, true, 0);
    const taken = (now: number) => [1, 2, 3, 4].filter((i) => objects.take(`next${i}`, now)).length;
    expect(taken(SECOND_MS)).toBe(3);
    expect(taken(6 * SECOND_MS)).toBe(4);
  });
});

describe("the calendar of alarms", () => {
  it("has no two ring within the same span, each as early as it can", () => {
    const calendar = new AlarmCalendar(20);
    const times = Array.from({ length: 6 }, () => calendar.book(5050, 0));
    expect(times).toEqual([5050, 5060, 5080, 5100, 5120, 5140]);
    expect(calendar.book(9000, 0)).toBe(9000);
  });

  it("counts what is overdue as now", () => {
    const calendar = new AlarmCalendar(100);
    expect([calendar.book(0, 1000), calendar.book(10, 1000), calendar.book(1000, 1000)]).toEqual([
      1000, 1100, 1200,
    ]);
  });

  it("has no room before an end once all spans are had, and takes none beyond it", () => {
    const calendar = new AlarmCalendar(100);
    const times = Array.from({ length: 5 }, () => calendar.book(1000, 0, 1300));
    expect(times).toEqual([1000, 1100, 1200, null, null]);
    expect(calendar.book(1000, 0)).toBe(1300);
  });

  it("looks at a few spans for each booking, however many alarms want to ring at one moment", () => {
    const look = vi.spyOn(Map.prototype, "get");
    const calendar = new AlarmCalendar(50);
    try {
      const times = Array.from({ length: 4000 }, () => calendar.book(5000, 0));
      expect(times.at(-1)).toBe(5000 + 3999 * 50);
      expect(look.mock.calls.length).toBeLessThan(4000 * 10);
    } finally {
      look.mockRestore();
    }
  });

  it("walks what it remembers now and then only, however many spans are yet to come, and forgets what has passed", () => {
    const walk = vi.spyOn(Map.prototype, "keys");
    const calendar = new AlarmCalendar(100);
    try {
      for (let i = 0; i < 40_000; i++) calendar.book(i * 100, 0);
      // At 5,000, 10,000, 20,000.
      expect(walk.mock.calls.length).toBeLessThanOrEqual(4);
      // All have passed.
      walk.mockClear();
      const later = 40_000 * 100;
      for (let i = 0; i < 50_000; i++) calendar.book(later + i * 100, later + i * 100);
      const remembered = (map: unknown) => (map instanceof Map ? map.size : Number.NaN);
      expect(walk.mock.contexts.length).toBeGreaterThan(0);
      expect(walk.mock.contexts.map(remembered).every((size) => size <= 40_000)).toBe(true);
    } finally {
      walk.mockRestore();
    }
  });
});
