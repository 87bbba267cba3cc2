import type { Context } from "hono";
import { MemoryBudget, type MemoryHolder, MIB, SMALL_BYTES } from "../domain/memory-budget.ts";
import { pause } from "../domain/surroundings.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { type ApiEnv, requestIdOf } from "./context.ts";

/*
 * What requests may hold in memory, all of an isolate together. A body is not read before there is room for it: until
 * then it waits at its sender, and costs nothing here.
 */

const smallBodies = new MemoryBudget(6 * MIB);
const largeBodies = new MemoryBudget(24 * MIB);

/** What a request takes at its peak for each byte of its body: the text, what is read of it, what goes on from here. */
const COPIES = 3;

/** How long a large body waits for room before its sender is told to come again, and how often it looks. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 10;

/** How many requests of one workspace wait at once. */
const WAITING_PER_GROUP = 64;

/** A request that holds something for so long was cut off without its end being seen. */
const LEASE_MS = 180_000;

const waiting = new Map<string, number>();
const leases = new Map<string, { memory: RequestMemory; endsAt: number }>();

/** What one request holds. */
export class RequestMemory {
  readonly #c: Context<ApiEnv>;
  readonly #group: string;
  #holders: MemoryHolder[] = [];
  #ended: (() => void) | null = null;

  private constructor(c: Context<ApiEnv>, group: string) {
    this.#c = c;
    this.#group = group;
  }

  /**
   * The request's. Everything that it takes is given back by `releasing`.
   * @param group who shares the room with whom: those of one workspace, unless told otherwise
   */
  static of(c: Context<ApiEnv>, group = c.get("caller")?.workspaceId ?? "operator"): RequestMemory {
    const known = c.get("memory");
    const memory = known instanceof RequestMemory ? known : new RequestMemory(c, group);
    c.set("memory", memory);
    return memory;
  }

  /** Makes room for a body, or an answer, of at most so many bytes; a large one waits for it. Throws 503 `overloaded`. */
  async take(bytes: number): Promise<void> {
    this.#keepAlive();
    const name = `${requestIdOf(this.#c)}/${this.#holders.length}`;
    const budget = bytes <= SMALL_BYTES ? smallBodies : largeBodies;
    const holder = budget.holder(name, this.#group, () => platform.nowMs());
    this.#holders.push(holder);
    if (budget === largeBodies) await this.#awaitTurn(holder, bytes * COPIES);
    else if (!holder.hasRoomFor(bytes * COPIES)) throw tooMuch();
    holder.hold(bytes * COPIES);
  }

  /** Whether others wait for what large bodies hold. */
  get isAwaited(): boolean {
    return largeBodies.isAwaited(platform.nowMs());
  }

  release(): void {
    leases.delete(requestIdOf(this.#c));
    for (const holder of this.#holders) holder.close();
    this.#holders = [];
    this.#ended?.();
    this.#ended = null;
  }

  async #awaitTurn(holder: MemoryHolder, bytes: number): Promise<void> {
    if (holder.isNext(bytes, platform.nowMs())) return;
    const others = waiting.get(this.#group) ?? 0;
    if (others >= WAITING_PER_GROUP) throw tooMuch();
    waiting.set(this.#group, others + 1);
    try {
      const givesUpAt = platform.nowMs() + WAIT_MS;
      while (!holder.isNext(bytes, platform.nowMs())) {
        if (platform.nowMs() > givesUpAt) throw tooMuch();
        await pause(platform, LOOK_EVERY_MS);
      }
    } finally {
      const left = (waiting.get(this.#group) ?? 1) - 1;
      if (left > 0) waiting.set(this.#group, left);
      else waiting.delete(this.#group);
    }
  }

  /**
   * The sender may hang up, and workerd would drop the request where it stands: it goes on to its end, or what it holds
   * would never be given back. Should it be dropped all the same, its lease ends.
   */
  #keepAlive(): void {
    if (this.#ended !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = resolve;
    this.#c.executionCtx.waitUntil(promise);
    const nowMs = platform.nowMs();
    for (const { memory, endsAt } of leases.values()) {
      if (endsAt > nowMs) break;
      memory.release();
    }
    leases.set(requestIdOf(this.#c), { memory: this, endsAt: nowMs + LEASE_MS });
  }
}

function tooMuch(): ApiError {
  return new ApiError("overloaded", "Too many large requests are under way. Nothing was done; try again.");
}

/** The work of a request; what it took of memory is given back at its end. */
export async function releaseAfter<Result>(c: Context<ApiEnv>, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    c.get("memory")?.release();
  }
}
