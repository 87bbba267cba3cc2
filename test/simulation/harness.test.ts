import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Faults } from "./faults.ts";
import { giveBackGlobals } from "./globals.ts";
import { going } from "./life.ts";
import { Namespace } from "./object.ts";
import type { ObjectClass } from "./slot.ts";
import { World } from "./world.ts";

/** An object that a test programs. */
class Programmed {
  readonly storage: DurableObjectStorage;

  constructor({ storage }: DurableObjectState) {
    this.storage = storage;
    storage.sql.exec("CREATE TABLE IF NOT EXISTS notes (text TEXT)");
  }

  do(name: string): unknown {
    return programs.get(name)?.(this);
  }

  alarm(): unknown {
    return programs.get("alarm")?.(this);
  }

  write(text: string): void {
    this.storage.sql.exec("INSERT INTO notes VALUES (?)", text);
  }

  get notes(): string[] {
    return this.storage.sql
      .exec<{ text: string }>("SELECT text FROM notes")
      .toArray()
      .map(({ text }) => text);
  }
}

/** What an object does when it is called by a name: functions do not travel. */
const programs = new Map<string, (object: Programmed) => unknown>();

interface Called {
  do(name: string): Promise<unknown>;
}

let world: World;
let objects: Namespace;

beforeEach(() => {
  programs.clear();
  programs.set("read", (object) => object.notes);
  world = new World(1);
  objects = new Namespace(
    world,
    new Faults(world, null, null),
    Programmed as unknown as ObjectClass,
    () => ({}),
  );
});

afterEach(giveBackGlobals);

const object = () => objects.binding.getByName("ep_1") as unknown as Called;
const diskOf = () => objects.slots.get("ep_1")?.disk;

/** Lets time pass until a call is answered, or refused. */
async function answer(call: Promise<unknown>): Promise<unknown> {
  let isOver = false;
  const settled = call.finally(() => {
    isOver = true;
  });
  settled.catch(() => {});
  await world.run(60_000, () => isOver);
  return settled;
}

describe("a simulated disk", () => {
  it("takes back what is not committed when its object is reset, the alarm with it", async () => {
    programs.set("write", (one) => one.write("kept"));
    await answer(object().do("write"));
    programs.set("write more", async (one) => {
      one.write("lost");
      await one.storage.setAlarm(Date.now() + 1000);
      objects.reset("ep_1", "in the middle");
    });
    await expect(answer(object().do("write more"))).rejects.toThrow("code has been updated");
    expect(await answer(object().do("read"))).toEqual(["kept"]);
    expect(diskOf()?.alarm).toBeNull();
  });

  it("takes back what a transaction wrote that throws, and nothing that came before it", async () => {
    programs.set("fail", async (one) => {
      one.write("before");
      const fail = () => {
        one.write("within");
        void one.storage.setAlarm(Date.now() + 1000);
        throw new Error("no");
      };
      expect(() => one.storage.transactionSync(fail)).toThrow("no");
      return { notes: one.notes, alarm: await one.storage.getAlarm() };
    });
    expect(await answer(object().do("fail"))).toEqual({ notes: ["before"], alarm: null });
  });

  it("is empty after deleteAll, and as it was if that was not committed", async () => {
    programs.set("write", (one) => one.write("kept"));
    await answer(object().do("write"));
    programs.set("erase", async (one) => {
      await one.storage.deleteAll();
      objects.reset("ep_1", "before the commit");
    });
    await answer(object().do("erase")).catch(() => {});
    expect(await answer(object().do("read"))).toEqual(["kept"]);
    programs.set("erase", (one) => one.storage.deleteAll());
    await answer(object().do("erase"));
    objects.reset("ep_1", "so that a new life makes its tables");
    expect(await answer(object().do("read"))).toEqual([]);
  });
});

describe("a simulated output gate", () => {
  it("holds an answer, and what is sent, until what was written is on disk", async () => {
    let sentAt = 0;
    programs.set("send", async (one) => {
      one.write("first");
      const { durable } = diskOf() ?? {};
      let isDurable = false;
      durable?.then(() => {
        isDurable = true;
      });
      await going(async () => {
        sentAt = world.elapsedMs;
      });
      return isDurable;
    });
    expect(await answer(object().do("send"))).toBe(true);
    expect(sentAt).toBeGreaterThan(0);
  });

  it("never opens for what was written by a life that was reset", async () => {
    let isSent = false;
    programs.set("send", async (one) => {
      one.write("never");
      world.in(0, () => objects.reset("ep_1", "before the commit"));
      await going(async () => {
        isSent = true;
      });
    });
    await expect(answer(object().do("send"))).rejects.toThrow();
    await world.run(1000);
    expect(isSent).toBe(false);
  });

  it("lets a life that is over touch nothing", async () => {
    programs.set("go on", async (one) => {
      objects.reset("ep_1", "while it runs");
      one.write("too late");
    });
    await answer(object().do("go on")).catch(() => {});
    expect(await answer(object().do("read"))).toEqual([]);
  });
});

describe("a simulated alarm", () => {
  it("rings at its time, again where its handler throws, and not once that is done", async () => {
    const rang: number[] = [];
    programs.set("alarm", () => {
      rang.push(Math.round(world.elapsedMs));
      if (rang.length < 3) throw new Error("not yet");
    });
    programs.set("set", (one) => one.storage.setAlarm(Date.now() + 5000));
    await answer(object().do("set"));
    await world.run(600_000);
    expect(rang).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = rang;
    expect(first).toBeGreaterThanOrEqual(5000);
    expect([second - first, third - second]).toEqual([2000, 4000]);
  });

  it("rings again in the next life where the one that it rang in was reset", async () => {
    let rings = 0;
    programs.set("alarm", () => {
      if (++rings === 1) objects.reset("ep_1", "in its alarm");
    });
    programs.set("set", (one) => one.storage.setAlarm(Date.now() + 1000));
    await answer(object().do("set"));
    await world.run(60_000);
    expect(rings).toBe(2);
  });

  it("that is set while another rings stays set, though it is not on disk yet", async () => {
    const rang: number[] = [];
    programs.set("alarm", async (one) => {
      rang.push(Math.round(world.elapsedMs / 1000));
      if (rang.length === 1) await one.storage.setAlarm(Date.now() + 30_000);
    });
    programs.set("set", (one) => one.storage.setAlarm(Date.now() + 1000));
    await answer(object().do("set"));
    await world.run(60_000);
    expect(rang).toEqual([1, 31]);
  });
});
