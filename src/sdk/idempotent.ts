/** What a receiver remembers of the events it took; a database table or Redis in production. */
export interface IdStore {
  /**
   * Takes the id for this delivery: `new` if nobody has it, `busy` if another delivery of the event is being handled
   * now, `done` if one was. Atomic, as Redis's `SET … NX` or an `INSERT` on a unique column are; a claim should expire
   * after a minute, for the case that its holder dies.
   */
  claim(id: string): Promise<"new" | "busy" | "done">;
  /** The event was handled: remember its id for as long as it can come again, 30 days with replays. */
  done(id: string): Promise<void>;
  /** It was not: it comes again. */
  release(id: string): Promise<void>;
  /** The highest sequence that was handled; null = none. */
  highest(): Promise<number | null>;
  /** A sequence that was handled; lower ones than the highest are of no account. */
  reached(sequence: number): Promise<void>;
}

/** Where an event stands in its endpoint's order, against what was handled before. */
export type Place =
  /** The first one, or right behind the highest; also events without a sequence. */
  | { order: "next" }
  /** Behind a gap: `missing` sequences were not handled before. */
  | { order: "gap"; missing: number }
  /** Below the highest: an event that was retried, behind ones that were not. */
  | { order: "old"; highest: number };

/** Another delivery of the event is being handled now. Answer it with a status that is tried again, such as 503. */
export class EventBusyError extends Error {
  override readonly name = "EventBusyError";
  readonly statusCode = 503;
}

/**
 * Handles each event once: `const once = idempotent(store)`, then `await once(event, async (place) => …)`. Resolves with
 * true where `handle` ran, with false where the event was handled before. Throws what `handle` throws, after which the
 * event may come again, and EventBusyError.
 */
export function idempotent(store: IdStore) {
  return async (
    event: { readonly id: string; readonly sequence?: number },
    handle: (place: Place) => unknown,
  ): Promise<boolean> => {
    const claim = await store.claim(event.id);
    if (claim === "busy") throw new EventBusyError(`The event ${event.id} is being handled`);
    if (claim === "done") return false;
    try {
      await handle(placeOf(event.sequence, await store.highest()));
      if (event.sequence) await store.reached(event.sequence);
      await store.done(event.id);
    } catch (error) {
      await store.release(event.id);
      throw error;
    }
    return true;
  };
}

/** A test event has the sequence 0, which is no place in the order. */
function placeOf(sequence: number | undefined, highest: number | null): Place {
  if (!sequence || highest === null || sequence === highest + 1) return { order: "next" };
  if (sequence > highest) return { order: "gap", missing: sequence - highest - 1 };
  return { order: "old", highest };
}

/** A store in memory, for one process and for tests. `most`: how many ids it remembers, the newest. */
export function memoryStore(most = 100_000): IdStore {
  const claimed = new Set<string>();
  const handled = new Set<string>();
  let highest: number | null = null;
  return {
    async claim(id) {
      if (handled.has(id)) return "done";
      if (claimed.has(id)) return "busy";
      claimed.add(id);
      return "new";
    },
    async done(id) {
      claimed.delete(id);
      handled.add(id);
      const [oldest] = handled;
      if (handled.size > most && oldest !== undefined) handled.delete(oldest);
    },
    async release(id) {
      claimed.delete(id);
    },
    highest: async () => highest,
    async reached(sequence) {
      highest = Math.max(highest ?? 0, sequence);
    },
  };
}
