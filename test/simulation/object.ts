import { Disk } from "./disk.ts";
import { type Faults, kindOf, WITH_ARTICLE } from "./faults.ts";
import { currentLife, going, inLife, Life, LifeOver, outsideOfLives } from "./life.ts";
import { isTarget, Session, type Target } from "./session.ts";
import { type Instance, type Method, newSlot, type ObjectClass, type Slot } from "./slot.ts";
import type { World } from "./world.ts";

/** An alarm whose handler throws is tried again after 2 s, doubled each time, 6 times. */
const ALARM_RETRY_MS = 2000;
const ALARM_RETRIES = 6;

/** How long the life that a reset ended may go on beside the new one. */
const TWO_LIVES_MS = 300;

/** How late an alarm may be. */
export const LATEST_ALARM_MS = 60_000;

const RESET = "The Durable Object's code has been updated, this version can no longer access storage.";
const LOST = "Network connection lost.";
const OVERLOADED = "Durable Object is overloaded. Requests queued for too long.";

/** The objects of a class: each with its disk, at most one life at a time, calls over a lossy network, and alarms. */
export class Namespace {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #env: () => object;
  /** The code of lives that begin from now on. */
  code: ObjectClass;
  readonly slots = new Map<string, Slot>();

  constructor(world: World, faults: Faults, code: ObjectClass, env: () => object) {
    this.#world = world;
    this.#faults = faults;
    this.code = code;
    this.#env = env;
    world.onClockSet(() => {
      for (const slot of this.slots.values()) this.#arm(slot);
    });
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

  /** Ends an object's life, as a deploy or a lost machine does: what it has not committed is gone. Callers are `told` so. */
  reset(name: string, why: string, told = RESET): void {
    const slot = this.slots.get(name);
    if (!slot?.life) return;
    this.#world.note(`reset ${name} ${why}`);
    slot.resets.push(this.#world.elapsedMs);
    const { life } = slot;
    const isTwo = this.#faults.happens("twoLives", `two lives of ${WITH_ARTICLE[kindOf(name)]}`);
    life.silentAt = this.#world.elapsedMs + (isTwo ? TWO_LIVES_MS : 0);
    life.isCut = slot.disk.durable !== null;
    this.#end(slot);
    slot.disk.reset();
    const open = [...slot.open];
    slot.open.clear();
    for (const reject of open) reject(new Error(told));
    // The alarm whose handler was cut off rings again.
    if (slot.isAlarmRunning) outsideOfLives(() => this.#world.in(0, () => this.#ring(slot)));
    slot.isAlarmRunning = false;
  }

  /** For so long nobody reaches an object: its machine is overloaded, or does not come up. */
  outage(name: string, milliseconds: number): void {
    this.#world.note(`outage ${name} ${milliseconds} ms`);
    this.#slot(name).outOfReachUntil = this.#world.elapsedMs + milliseconds;
  }

  /** Ends the life of an object that is at rest, as the runtime does after a while: nothing of it is lost. */
  evict(name: string): void {
    const slot = this.slots.get(name);
    if (!slot?.life) return;
    const isAtRest = slot.life.underWay === 0 && slot.open.size === 0 && !slot.isAlarmRunning;
    if (!isAtRest || slot.disk.durable) return;
    this.#faults.count(`evicted ${kindOf(name)}`);
    this.#world.note(`evict ${name}`);
    slot.evictions.push(this.#world.elapsedMs);
    slot.life.silentAt = this.#world.elapsedMs;
    this.#end(slot);
  }

  #end(slot: Slot): void {
    const { life } = slot;
    slot.life = null;
    slot.instance = null;
    if (!life) return;
    life.isOver = true;
    for (const end of life.ends.splice(0)) end();
  }

  #slot(name: string): Slot {
    const known = this.slots.get(name);
    if (known) return known;
    const disk = new Disk(name, this.#world, this.#faults);
    const slot = newSlot(name, disk);
    disk.onAlarm = () => {
      slot.alarmLostAt = null;
      this.#arm(slot);
    };
    disk.onStep = (when, step) => this.#mayReset(slot, when, step);
    this.slots.set(name, slot);
    return slot;
  }

  #mayReset(slot: Slot, when: "before" | "after" | "at a write of", step: string): void {
    const point = `reset ${when} ${kindOf(slot.name)} ${step}`;
    const fault = ({ before: "resetBefore", after: "resetAfter", "at a write of": "resetAtWrite" } as const)[
      when
    ];
    if (!this.#faults.happens(fault, point)) return;
    if (when !== "at a write of") {
      this.reset(slot.name, `${when} ${step}`);
      return;
    }
    // Nobody cuts a turn in two: at the await that follows, or one of the next.
    const { life } = slot;
    let awaits = this.#world.chance.below(6);
    const cut = () => {
      if (slot.life !== life) return;
      if (awaits-- > 0) queueMicrotask(cut);
      else this.reset(slot.name, `at a write of ${step}`);
    };
    outsideOfLives(() => queueMicrotask(cut));
  }

  /** The instance that lives; a new life on the same disk where there is none. */
  #wake(slot: Slot): { instance: Instance; life: Life } {
    if (slot.instance && slot.life) return { instance: slot.instance, life: slot.life };
    const life = new Life(slot.name, ++slot.lives, () => slot.disk.durable);
    slot.life = life;
    let gate: Promise<unknown> = Promise.resolve();
    const state = {
      id: { name: slot.name, toString: () => slot.name, equals: () => false },
      storage: slot.disk.storageFor(life),
      waitUntil() {},
      abort: (why?: string) => {
        if (!life.isOver) {
          this.#faults.count(`${kindOf(slot.name)} starts anew`);
          this.reset(slot.name, `by itself: ${why}`, why);
        }
        throw new LifeOver();
      },
      blockConcurrencyWhile: (act: () => Promise<unknown>) => {
        gate = gate.then(act);
        return gate;
      },
    };
    try {
      const made = inLife(
        life,
        () =>
          new this.code(
            state as unknown as DurableObjectState,
            this.#env() as never,
            this.#world.surroundings,
          ),
      );
      slot.instance = made as unknown as Instance;
    } catch (error) {
      this.reset(slot.name, `its constructor failed: ${error}`);
      throw error;
    }
    slot.ready = gate;
    gate.catch((error) => {
      if (slot.life === life) this.reset(slot.name, `what it does before its first request failed: ${error}`);
    });
    return { instance: slot.instance, life };
  }

  /** Has the alarm that is on disk ring at its time, by the clock on the wall. */
  #arm(slot: Slot): void {
    const time = slot.disk.alarm;
    if (time === null) return;
    const kind = kindOf(slot.name);
    const isLate = this.#faults.happens("alarmLate", `alarm of ${WITH_ARTICLE[kind]} late`);
    const lateMs = isLate ? this.#world.chance.between(100, LATEST_ALARM_MS) : 0;
    const waitMs = Math.max(0, time - this.#world.now) + lateMs;
    outsideOfLives(() =>
      this.#world.in(waitMs, () => {
        if (slot.disk.alarm !== time || time > this.#world.now || slot.isAlarmRunning) return;
        if (this.#faults.happens("alarmLost", `alarm of ${WITH_ARTICLE[kind]} lost`)) {
          slot.alarmLostAt = this.#world.elapsedMs;
          return slot.disk.takeAlarm();
        }
        if (this.#faults.happens("alarmTwice", `alarm of ${WITH_ARTICLE[kind]} twice`))
          this.#world.in(50, () => this.#ring(slot));
        this.#ring(slot);
      }),
    );
  }

  async #ring(slot: Slot): Promise<void> {
    if (slot.isAlarmRunning) return;
    slot.disk.takeAlarm();
    slot.isAlarmRunning = true;
    slot.alarmsRung++;
    let life: Life | null = null;
    const hasEnded = () => life !== slot.life;
    try {
      const woken = this.#wake(slot);
      life = woken.life;
      await slot.ready;
      await inLife(woken.life, () => woken.instance.alarm());
      // It is done once what it wrote is on disk: where the object is lost before, it rings again.
      if (!hasEnded()) await slot.disk.durable;
      if (hasEnded()) return;
      slot.isAlarmRunning = false;
      slot.alarmTries = 0;
      // One that was set for a time that has passed meanwhile.
      this.#arm(slot);
    } catch {
      if (hasEnded()) return;
      slot.isAlarmRunning = false;
      if (++slot.alarmTries > ALARM_RETRIES) return;
      outsideOfLives(() =>
        this.#world.in(ALARM_RETRY_MS * 2 ** (slot.alarmTries - 1), () => this.#ring(slot)),
      );
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
            const onItsWay = this.#world.sleep(
              this.#faults.takes(`call of ${WITH_ARTICLE[kindOf(name)]}`, 5),
            );
            const arrives = Promise.all([before, onItsWay]).then(() => {});
            last = arrives;
            return going(() => this.#call(name, method, structuredClone(given), arrives));
          };
        },
      },
    );
  }

  async #call(name: string, method: string, given: unknown[], arrives: Promise<void>): Promise<unknown> {
    const point = `${kindOf(name)}.${method}`;
    await arrives;
    if (this.#faults.happens("lostBefore", `lost before ${point}`)) {
      // Meanwhile others arrive that were made after it.
      await this.#world.sleep(this.#faults.missedAfterMs());
      throw new Error(LOST);
    }
    if (this.#slot(name).outOfReachUntil > this.#world.elapsedMs) {
      this.#faults.count(`${kindOf(name)} out of reach`);
      throw Object.assign(new Error(OVERLOADED), { overloaded: true });
    }
    this.#faults.count(`call ${point}`);
    const caller = currentLife();
    const answer = await outsideOfLives(() => this.#answer(this.#slot(name), method, given, caller));
    await this.#world.sleep(this.#faults.takes(`answer of ${WITH_ARTICLE[kindOf(name)]}`, 5));
    const isLost = this.#faults.happens("lostAfter", `lost after ${point}`);
    if (isLost && answer instanceof Session) answer.lose();
    if (isLost) throw new Error(LOST);
    return answer instanceof Session ? answer.stub : structuredClone(answer);
  }

  async #answer(slot: Slot, method: string, given: unknown[], caller: Life | undefined): Promise<unknown> {
    const { instance, life } = this.#wake(slot);
    const cut = Promise.withResolvers<never>();
    cut.promise.catch(() => {});
    slot.open.add(cut.reject);
    try {
      await Promise.race([slot.ready, cut.promise]);
      if (life.isOver) throw new Error(LOST);
      const called = inLife(life, async () => (instance[method] as Method)(...given));
      const answer = await Promise.race([called, cut.promise]);
      // The answer leaves once what it tells is on disk.
      if (life.isCut) throw new LifeOver();
      if (slot.life === life && slot.disk.durable) await Promise.race([slot.disk.durable, cut.promise]);
      return isTarget(answer) ? this.#session(slot, life, answer, caller) : answer;
    } catch (error) {
      if (error instanceof LifeOver) throw new Error(RESET);
      throw error;
    } finally {
      slot.open.delete(cut.reject);
    }
  }

  #session(slot: Slot, life: Life, target: Target, caller: Life | undefined): Session {
    const [world, faults] = [this.#world, this.#faults];
    const resetObject = (why: string) => {
      if (slot.life === life) this.reset(slot.name, why);
    };
    return new Session({ world, faults, slot, life, target, caller, resetObject });
  }
}
