import type { Faults } from "./faults.ts";
import { type Errand, going, inErrand, inLife, type Life, outsideOfLives } from "./life.ts";
import type { Method, Slot } from "./slot.ts";
import type { World } from "./world.ts";

const LOST = "Network connection lost.";

/** What an object may answer instead of data: it is called on, for as long as its caller holds on to it. */
export interface Target {
  isRpcTarget: true;
  /** Nobody holds on to it any more. */
  [Symbol.dispose]?(): void;
  [method: string]: unknown;
}

export function isTarget(answer: unknown): answer is Target {
  return typeof answer === "object" && answer !== null && Reflect.get(answer, "isRpcTarget") === true;
}

export interface SessionPort {
  world: World;
  faults: Faults;
  /** The object that answered with the target, and the life in which it did. */
  slot: Slot;
  life: Life;
  target: Target;
  /** Whoever was answered; undefined = no object. */
  caller: Life | undefined;
  resetObject(why: string): void;
}

/** A target of one object in the hands of another, over a network: where one call of it is lost, all are. */
export class Session {
  readonly #port: SessionPort;
  readonly #open = new Set<(error: Error) => void>();
  #isDropped = false;
  readonly stub: object;

  constructor(port: SessionPort) {
    this.#port = port;
    port.life.underWay++;
    port.caller?.ends.push(() => this.lose());
    this.stub = new Proxy(
      {},
      {
        get: (_target, name) => {
          if (name === Symbol.dispose) return () => this.#drop(port.world.chance.between(0.2, 5));
          if (typeof name !== "string" || name === "then") return undefined;
          const askedAt = () => port.world.elapsedMs;
          return (...given: unknown[]) => {
            const errand: Errand = { caller: port.caller, askedAt: askedAt(), heardAt: null, lostAt: null };
            return going(() => this.#call(name, structuredClone(given), errand));
          };
        },
      },
    );
  }

  /** The connection is lost: who called hears of it now, who was called later. */
  lose(): void {
    const open = [...this.#open];
    this.#drop(this.#port.faults.missedAfterMs());
    for (const reject of open) reject(new Error(LOST));
  }

  #drop(afterMs: number): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    const { life, target, world } = this.#port;
    // What is under way goes on.
    outsideOfLives(() =>
      world.in(afterMs, () => {
        life.underWay--;
        if (!life.isOver) target[Symbol.dispose]?.();
      }),
    );
  }

  async #call(method: string, given: unknown[], errand: Errand): Promise<unknown> {
    const { slot, world } = this.#port;
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    this.#open.add(lost.reject);
    slot.open.add(lost.reject);
    try {
      if (this.#isDropped) throw new Error(LOST);
      const passage = this.#passage(method, given, errand);
      passage.catch(() => {});
      const answer = await Promise.race([passage, lost.promise]);
      // Who has dropped the session since may wait for no answer any more; what was ended as it began anew is lost to it.
      const isEnded = Reflect.get(answer as object, "outcome") === "ended";
      if (this.#isDropped || isEnded) errand.lostAt = world.elapsedMs;
      else errand.heardAt = world.elapsedMs;
      return answer;
    } catch (error) {
      errand.lostAt = world.elapsedMs;
      throw error;
    } finally {
      this.#open.delete(lost.reject);
      slot.open.delete(lost.reject);
    }
  }

  async #passage(method: string, given: unknown[], errand: Errand): Promise<unknown> {
    const { faults, life, resetObject, target, world } = this.#port;
    const point = `sender.${method}`;
    await world.sleep(faults.takes("call within a session", 5));
    if (faults.happens("lostBefore", `lost before ${point}`)) {
      await world.sleep(faults.missedAfterMs());
      this.lose();
      throw new Error(LOST);
    }
    if (life.isOver) throw new Error(LOST);
    faults.count(`call ${point}`);
    if (faults.happens("resetSender", "reset of a sender that is to send"))
      outsideOfLives(() => world.in(world.chance.between(0, 60), () => resetObject("while it sends")));
    const called = () =>
      inErrand(errand, () => inLife(life, async () => (target[method] as Method)(...given)));
    const answer = await outsideOfLives(called);
    await world.sleep(faults.takes("answer within a session", 5));
    if (faults.happens("lostAfter", `lost after ${point}`)) {
      this.lose();
      throw new Error(LOST);
    }
    if (life.isOver) throw new Error(LOST);
    return structuredClone(answer);
  }
}
