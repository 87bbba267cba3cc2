import { Disk } from "./disk.ts";
import { type Faults, kindOf } from "./faults.ts";
import { inLife, Life, LifeOver, outputGate, outsideOfLives } from "./life.ts";
import type { World } from "./world.ts";

/** An alarm whose handler throws is tried again after 2 s, doubled each time, 6 times. */
const ALARM_RETRY_MS = 2000;
const ALARM_RETRIES = 6;

/** How long the life that a reset ended may go on beside the new one. */
const TWO_LIVES_MS = 300;

type Method = (...given: unknown[]) => unknown;
type Instance = Record<string, Method> & { alarm(): Promise<void> };
type ObjectClass = new (state: DurableObjectState, env: never) => object;

interface Slot {
  name: string;
  disk: Disk;
  life: Life | null;
  instance: Instance | null;
  ready: Promise<unknown>;
  /** Rejects the calls that wait for an answer. */
  open: Set<(error: Error) => void>;
  alarmTries: number;
  isAlarmRunning: boolean;
}

/** The objects of a class: each with its disk, at most one life at a time, calls over a lossy network, and alarms. */
export class Namespace {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #class: ObjectClass;
  readonly #env: () => object;
  readonly slots = new Map<string, Slot>();

  constructor(world: World, faults: Faults, objectClass: ObjectClass, env: () => object) {
    this.#world = world;
    this.#faults = faults;
    this.#class = objectClass;
    this.#env = env;
  }

  /** As the project calls it; what else the type has is not used. */
  get binding(): DurableObjectNamespace {
    const binding = {
      getByName: (name: string) => this.#stub(name),
      idFromName: (name: string) => ({ name, toString: () => name }),
      get: ({ name }: { name: string }) => this.#stub(name),
      jurisdiction: () => binding,
    };
    return binding as unknown as DurableObjectNamespace;
  }

  /** Ends an object's life, as a deploy or a lost machine does: what it has not committed is gone. */
  reset(name: string, why: string): void {
    const slot = this.slots.get(name);
    if (!slot?.life) return;
    this.#faults.count(`reset ${kindOf(name)}`);
    this.#world.note(`reset ${name} ${why}`);
    slot.life.isOver = true;
    const isTwo = this.#faults.happens("twoLives", `two lives of an ${kindOf(name)}`);
    slot.life.silentAt = this.#world.now + (isTwo ? TWO_LIVES_MS : 0);
    slot.life = null;
    slot.instance = null;
    slot.disk.reset();
    const open = [...slot.open];
    slot.open.clear();
    for (const reject of open)
      reject(
        new Error("The Durable Object's code has been updated, this version can no longer access storage."),
      );
    // The alarm whose handler was cut off rings again.
    const alarm = slot.isAlarmRunning ? this.#world.now : slot.disk.alarm;
    slot.isAlarmRunning = false;
    if (alarm !== null) outsideOfLives(() => this.#arm(slot, alarm));
  }

  #slot(name: string): Slot {
    const known = this.slots.get(name);
    if (known) return known;
    const disk = new Disk(name, this.#world, this.#faults);
    const slot: Slot = {
      ...{
        name,
        disk,
        life: null,
        instance: null,
        ready: Promise.resolve(),
        open: new Set<(error: Error) => void>(),
      },
      ...{ alarmTries: 0, isAlarmRunning: false },
    };
    disk.onAlarm = (time) => {
      if (time !== null) outsideOfLives(() => this.#arm(slot, time));
    };
    disk.onCommit = (when) => {
      const kind = kindOf(name);
      const fault = when === "before" ? "resetBeforeCommit" : "resetAfterCommit";
      if (this.#faults.happens(fault, `reset ${when} a commit of an ${kind}`))
        this.reset(name, `${when} a commit`);
    };
    this.slots.set(name, slot);
    return slot;
  }

  /** The instance that lives; a new life on the same disk where there is none. */
  #wake(slot: Slot): { instance: Instance; life: Life } {
    if (slot.instance && slot.life) return { instance: slot.instance, life: slot.life };
    const life = new Life(slot.name, () => slot.disk.durable);
    slot.life = life;
    let gate: Promise<unknown> = Promise.resolve();
    const state = {
      id: { name: slot.name, toString: () => slot.name, equals: () => false },
      storage: slot.disk.storageFor(life),
      waitUntil() {},
      abort: (why?: string) => {
        if (!life.isOver) this.reset(slot.name, `by itself: ${why}`);
        throw new LifeOver();
      },
      blockConcurrencyWhile: (act: () => Promise<unknown>) => {
        const done = gate.then(act);
        gate = done;
        return done;
      },
    };
    try {
      const made = inLife(
        life,
        () => new this.#class(state as unknown as DurableObjectState, this.#env() as never),
      );
      slot.instance = made as unknown as Instance;
    } catch (error) {
      this.reset(slot.name, "its constructor failed");
      throw error;
    }
    slot.ready = gate;
    gate.catch(() => this.reset(slot.name, "what it does before its first request failed"));
    return { instance: slot.instance, life };
  }

  #arm(slot: Slot, time: number): void {
    const lateMs = this.#faults.happens("alarmLate", "alarm late")
      ? this.#world.chance.between(100, 60_000)
      : 0;
    this.#world.at(Math.max(time, this.#world.now) + lateMs, () => {
      if (slot.disk.alarm !== time && !(slot.disk.alarm === null && time <= this.#world.now && lateMs > 0))
        return;
      if (slot.disk.alarm === null) return;
      if (this.#faults.happens("alarmLost", "alarm lost")) {
        slot.disk.takeAlarm();
        return;
      }
      if (this.#faults.happens("alarmTwice", "alarm twice"))
        this.#world.at(this.#world.now + 50, () => this.#ring(slot));
      this.#ring(slot);
    });
  }

  async #ring(slot: Slot): Promise<void> {
    if (slot.isAlarmRunning) return;
    slot.disk.takeAlarm();
    slot.isAlarmRunning = true;
    this.#faults.count(`alarm of an ${kindOf(slot.name)}`);
    let life: Life | null = null;
    try {
      const woken = this.#wake(slot);
      life = woken.life;
      await slot.ready;
      await inLife(woken.life, () => woken.instance.alarm());
      if (life === slot.life) {
        slot.isAlarmRunning = false;
        slot.alarmTries = 0;
      }
    } catch {
      if (life !== slot.life) return;
      slot.isAlarmRunning = false;
      if (slot.alarmTries++ >= ALARM_RETRIES) {
        slot.alarmTries = 0;
        return;
      }
      const againAt = this.#world.now + ALARM_RETRY_MS * 2 ** slot.alarmTries;
      outsideOfLives(() => this.#world.at(againAt, () => this.#ring(slot)));
    }
  }

  /** Calls through one stub arrive in the order in which they were made; those of two stubs as it happens. */
  #stub(name: string): object {
    let last = Promise.resolve();
    return new Proxy(
      {},
      {
        get: (_target, method) => {
          if (typeof method !== "string" || method === "then") return undefined;
          return (...given: unknown[]) => {
            const before = last;
            const onItsWay = this.#world.sleep(this.#faults.callMs());
            const arrives = Promise.all([before, onItsWay]).then(() => {});
            last = arrives;
            return this.#call(name, method, structuredClone(given), arrives);
          };
        },
      },
    );
  }

  async #call(name: string, method: string, given: unknown[], arrives: Promise<void>): Promise<unknown> {
    const point = `${kindOf(name)}.${method}`;
    await outputGate();
    await arrives;
    if (this.#faults.happens("lostBefore", `lost before ${point}`))
      throw new Error("Network connection lost.");
    this.#faults.count(`call ${point}`);
    const answer = await outsideOfLives(() => this.#answer(this.#slot(name), method, given));
    await this.#world.sleep(this.#faults.callMs());
    if (this.#faults.happens("lostAfter", `lost after ${point}`)) throw new Error("Network connection lost.");
    return structuredClone(answer);
  }

  async #answer(slot: Slot, method: string, given: unknown[]): Promise<unknown> {
    const { instance, life } = this.#wake(slot);
    await slot.ready;
    const cut = Promise.withResolvers<never>();
    cut.promise.catch(() => {});
    slot.open.add(cut.reject);
    try {
      if (life.isOver) throw new Error("Network connection lost.");
      const called = inLife(life, async () => (instance[method] as Method)(...given));
      const answer = await Promise.race([called, cut.promise]);
      // The answer leaves once what it tells is on disk.
      if (slot.disk.durable) await Promise.race([slot.disk.durable, cut.promise]);
      return answer;
    } catch (error) {
      if (error instanceof LifeOver) throw new Error("Network connection lost.");
      throw error;
    } finally {
      slot.open.delete(cut.reject);
    }
  }
}
