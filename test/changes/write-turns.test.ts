import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Maker, makeTogether, oneAfterAnother } from "../../src/changes/write-turns.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Work that takes some time, and notes when it runs. */
function work(name: string, ms: number, notes: string[]) {
  return async () => {
    notes.push(`${name} starts`);
    await new Promise((resume) => setTimeout(resume, ms));
    notes.push(`${name} ends`);
    return name;
  };
}

it("a workspace's changes are made one after the other, in order, and another's beside them", async () => {
  const notes: string[] = [];
  const all = ["a", "b", "c"].map((name) => oneAfterAnother("ws_1", work(name, 20, notes)));
  const other = oneAfterAnother("ws_2", work("other", 20, notes));
  await pass(500);
  expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
  expect(await other).toBe("other");
  expect(notes.slice(0, 2)).toEqual(["a starts", "other starts"]);
  const own = notes.filter((note) => !note.startsWith("other"));
  expect(own).toEqual(["a", "b", "c"].flatMap((name) => [`${name} starts`, `${name} ends`]));
});

it("between two changes of which one waited, the thread is everybody else's for as long as the first one took", async () => {
  const startedAt: number[] = [];
  const step = async () => {
    startedAt.push(Date.now());
    await new Promise((resume) => setTimeout(resume, 20));
  };
  const both = [oneAfterAnother("ws_3", step), oneAfterAnother("ws_3", step)];
  await pass(500);
  await Promise.all(both);
  // And no longer: who waits is woken, instead of finding out at its next look.
  expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBe(40);
});

it("a change that fails, or whose request has ended, holds up none after it", async () => {
  const failing = oneAfterAnother("ws_4", async () => {
    throw new Error("it failed");
  });
  await expect(failing).rejects.toThrow("it failed");
  // It never comes back: what was going to wake it was canceled.
  oneAfterAnother("ws_4", () => new Promise(() => {}));
  const after = oneAfterAnother("ws_4", async () => "done");
  await pass(4000);
  expect(await after).toBe("done");
});

it("when 200 of a workspace's changes wait, a further one is answered 503 and changes nothing", async () => {
  const notes: string[] = [];
  const waiting = Array.from({ length: 200 }, (_, n) => oneAfterAnother("ws_5", work(String(n), 1, [])));
  await expect(oneAfterAnother("ws_5", work("refused", 1, notes))).rejects.toMatchObject({
    code: "overloaded",
  });
  expect(notes).toEqual([]);
  await pass(60_000);
  expect(await Promise.all(waiting)).toHaveLength(200);
  expect(await oneAfterAnother("ws_5", async () => "room again")).toBe("room again");
});

describe("changes that are made together", () => {
  /** Makes some in 20 ms, in the order that they came in, and notes which; "bad" ones fail. */
  function makerNoting(notes: string[]): Maker<string, string> {
    return async (names) => {
      notes.push(names.join(" "));
      await new Promise((resume) => setTimeout(resume, 20));
      return Promise.allSettled(
        names.map(async (name) => {
          if (name === "bad") throw new Error("bad is refused");
          return `${name} made`;
        }),
      );
    };
  }

  const making =
    (workspaceId: string, make: Maker<string, string>) =>
    (value: string, { kind = "kind", characters = 1 } = {}) =>
      makeTogether(workspaceId, { kind, value, characters, ifUnknown: `is ${value} made?` }, () => {}, make);

  it("are those of a kind that wait one behind the other; each is told what came of it alone", async () => {
    const notes: string[] = [];
    const make = making("ws_6", makerNoting(notes));
    const made = Promise.allSettled([make("a"), make("b"), make("bad"), make("c")]);
    await pass(100);
    expect(notes).toEqual(["a", "b bad c"]);
    expect(await made).toEqual([
      { status: "fulfilled", value: "a made" },
      { status: "fulfilled", value: "b made" },
      { status: "rejected", reason: new Error("bad is refused") },
      { status: "fulfilled", value: "c made" },
    ]);
  });

  it("never overtake a change of another kind, nor one that is made by itself", async () => {
    const notes: string[] = [];
    const make = making("ws_7", makerNoting(notes));
    const all = [make("a"), make("b"), oneAfterAnother("ws_7", work("alone", 20, notes))];
    all.push(make("c"), make("d", { kind: "other" }), make("e"));
    await pass(500);
    expect(await Promise.all(all)).toHaveLength(6);
    expect(notes).toEqual(["a", "b", "alone starts", "alone ends", "c", "d", "e"]);
  });

  it("are made after the rest of those before, also where none waited when they ended; one alone waits for no rest", async () => {
    const startedAt: number[] = [];
    const make = making("ws_11", async (names) => {
      startedAt.push(Date.now());
      return makerNoting([])(names);
    });
    const first = Date.now();
    const all = [make("a"), make("b"), make("c")];
    await pass(61);
    all.push(make("d"), make("e"));
    await pass(200);
    all.push(make("f"));
    await pass(25);
    all.push(make("g"));
    await pass(200);
    expect(await Promise.all(all)).toHaveLength(7);
    expect(startedAt.map((at) => at - first)).toEqual([0, 40, 80, 261, 286]);
  });

  it("are eight at the most, and fewer where they are large", async () => {
    const notes: string[] = [];
    const make = making("ws_8", makerNoting(notes));
    const small = Array.from({ length: 12 }, (_, n) => make(String(n)));
    const large = Array.from({ length: 3 }, (_, n) => make(`large-${n}`, { characters: 30 * 1024 }));
    await pass(500);
    await Promise.all([...small, ...large]);
    expect(notes).toEqual(["0", "1 2 3 4 5 6 7 8", "9 10 11 large-0 large-1", "large-2"]);
  });

  it("all fail where their maker does, and the next ones are made", async () => {
    let fails = true;
    const make = making("ws_9", async (names) => {
      await new Promise((resume) => setTimeout(resume, 20));
      if (fails && names.length > 1) throw new Error("the maker failed");
      return names.map((value) => ({ status: "fulfilled", value }));
    });
    const made = Promise.allSettled([make("a"), make("b"), make("c")]);
    await pass(100);
    expect((await made).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    fails = false;
    const after = make("d");
    await pass(100);
    expect(await after).toBe("d");
  });

  it("hold up nobody where the request that makes them is lost, and are answered in the end that nobody knows what came of them", async () => {
    let isLost = false;
    const make = making("ws_10", async (names) => {
      if (isLost) await new Promise(() => {});
      return names.map((value) => ({ status: "fulfilled", value }));
    });
    const first = oneAfterAnother("ws_10", work("first", 20, []));
    isLost = true;
    make("lost").catch(() => {});
    const told = make("told").catch((error) => error);
    const other = oneAfterAnother("ws_10", work("other", 20, []));
    await pass(100);
    expect(await first).toBe("first");
    await pass(3000);
    expect(await other).toBe("other");
    await pass(30_000);
    expect(await told).toMatchObject({ code: "overloaded", detail: "is told made?", retryAfterSeconds: 2 });
  });
});
