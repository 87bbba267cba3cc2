import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { oneAfterAnother } from "../../src/changes/write-turns.ts";

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
  expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBeGreaterThanOrEqual(40);
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
