import { beforeEach, describe, expect, it } from "vitest";
import { Thread } from "./thread.ts";

let thread: Thread;
beforeEach(() => {
  thread = new Thread();
});

/** Asks for so many pieces of so many milliseconds each; names them as they are done, with the round in which they were. */
function pieces(line: string, count: number, eachMs: number, done: string[]): void {
  for (let n = 0; n < count; n++)
    thread.pace(line).run(() => {
      thread.now += eachMs;
      done.push(line);
    });
}

describe("a round of the thread", () => {
  it("takes pieces of three milliseconds together, and leaves the rest to later rounds", () => {
    const done: string[] = [];
    pieces("one", 100, 1, done);
    expect(done).toHaveLength(3);
    for (let before = done.length; done.length < 100; before = done.length) {
      thread.round();
      expect(done.length - before).toBeLessThanOrEqual(3);
    }
    expect(done).toHaveLength(100);
  });

  it("takes one piece, however long it is", () => {
    const done: string[] = [];
    pieces("one", 20, 50, done);
    for (let before = 0; done.length < 20; before = done.length) {
      expect(done.length - before).toBeLessThanOrEqual(1);
      thread.round();
    }
  });

  it("takes no other piece beside one that is charged a whole round, although that did nothing yet", () => {
    const pace = thread.pace("one");
    expect(pace.mayBegin(5)).toBe(true);
    expect(pace.mayBegin(5)).toBe(false);
    thread.round();
    expect(pace.mayBegin(5)).toBe(true);
  });

  it("is not waited for once the object is gone whose timer was to end it", () => {
    const pace = thread.pace("one");
    expect(pace.mayBegin(5)).toBe(true);
    thread.loseTimers();
    const [early, late] = [thread.pace("one"), thread.pace("one")];
    // It looks again by a timer, which rings after the one that was lost would have rung; its clock may stand still.
    expect(early.mayBegin(5)).toBe(false);
    expect(early.mayBegin(5)).toBe(true);
    thread.loseTimers();
    expect(late.mayBegin()).toBe(false);
    thread.now += 101;
    expect(thread.pace("one").mayBegin()).toBe(true);
  });

  it("is over where the clock was set back", () => {
    const pace = thread.pace("one");
    expect(pace.mayBegin(5)).toBe(true);
    thread.now -= 3_600_000;
    expect(pace.mayBegin()).toBe(true);
  });
});

describe("workspaces that wait", () => {
  it("take turns: one piece of a workspace waits for a few of another's, not for its thousand", () => {
    const done: string[] = [];
    pieces("many", 1000, 5, done);
    pieces("lone", 1, 5, done);
    while (!done.includes("lone")) thread.round();
    expect(done.indexOf("lone")).toBeLessThan(5);
  });

  it("do not wait for one that has gone", () => {
    const gone = thread.pace("gone");
    const pace = thread.pace("one");
    expect(pace.mayBegin(5)).toBe(true);
    expect(gone.mayBegin()).toBe(false);
    thread.round();
    // It gives way to the other, which does not come.
    expect(pace.mayBegin(5)).toBe(false);
    thread.now += 20;
    expect(pace.mayBegin(5)).toBe(false);
    thread.now += 1;
    expect(pace.mayBegin()).toBe(true);
  });
});

describe("what comes later", () => {
  it("waits while first attempts of its workspace do, but not for ever", () => {
    const done: string[] = [];
    const ask = (name: string, isLater: boolean, count: number) => {
      for (let n = 0; n < count; n++)
        thread.pace("one", isLater).run(() => {
          thread.now += 5;
          done.push(name);
        });
    };
    ask("first", false, 1);
    ask("later", true, 500);
    ask("first", false, 20);
    while (done.length < 60) thread.round();
    const places = done.flatMap((name, place) => (name === "first" ? [place] : []));
    expect(places).toHaveLength(21);
    // Three of four rounds are theirs at the least, as long as some wait.
    expect(places.at(-1)).toBeLessThan(21 / 0.7);
    expect(done.slice(0, places.at(-1))).toContain("later");
  });

  it("counts for its workspace: another one's turn comes after one of either kind", () => {
    const done: string[] = [];
    const ask = (name: string, workspaceId: string, isLater: boolean, count: number) => {
      for (let n = 0; n < count; n++)
        thread.pace(workspaceId, isLater).run(() => {
          thread.now += 5;
          done.push(name);
        });
    };
    ask("first", "one", false, 300);
    ask("later", "one", true, 300);
    ask("other", "two", false, 10);
    while (done.filter((name) => name === "other").length < 10) thread.round();
    expect(done.lastIndexOf("other")).toBeLessThan(40);
  });
});

it("has a thousand pieces look again seldom enough that their looks are no work themselves", () => {
  let looks = 0;
  const pace = thread.pace("one");
  const done: string[] = [];
  for (let n = 0; n < 1000; n++) {
    const look = () => {
      looks++;
      if (pace.mayBegin()) {
        thread.now += 3;
        done.push("one");
      } else thread.surroundings.after(pace.lookAgainMs(), look);
    };
    look();
  }
  while (done.length < 1000) thread.round();
  expect(looks).toBeLessThan(150_000);
});
