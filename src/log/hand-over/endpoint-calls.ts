import type { TakingAnswer } from "../../domain/messages.ts";
import type { Clock } from "../../domain/surroundings.ts";
import type { HeardWatch } from "../../domain/tail.ts";
import type { Env } from "../../env.ts";
import { isMethodMissing } from "../../objects/object-errors.ts";
import { endpointOf } from "../../objects/objects.ts";
import type { Batch } from "./on-its-way.ts";

/** Endpoints of which a stub is kept; whoever gets a new one only loses the order of what is on its way. */
const STUBS_KEPT = 1000;

export interface EndpointCallsPort {
  env: Env;
  surroundings: Clock;
  workspaceId(): string;
  watch: HeardWatch;
  /** Null for a deleted endpoint. */
  endpointId(endpointNumber: number): string | null;
}

type Stub = ReturnType<typeof endpointOf>;

/**
 * The calls of endpoint objects. Those through one stub arrive in the order in which they were made, but where objects wait
 * for places, each call has a stub of its own: then `gap` alone tells what came before its time. A stub that a call failed with
 * is good for nothing.
 */
export class EndpointCalls {
  readonly #port: EndpointCallsPort;
  readonly #stubs = new Map<number, { session: number; stub: Stub }>();

  constructor(port: EndpointCallsPort) {
    this.#port = port;
  }

  /** Hands a batch over to its endpoint's object, which needs nothing of the log's own notes. */
  async send(endpointNumber: number, { events, after, isAll, session }: Batch): Promise<TakingAnswer> {
    const { endpointId, surroundings, watch, workspaceId } = this.#port;
    const id = endpointId(endpointNumber);
    if (id === null) return { outcome: "gone" };
    const batch = {
      workspaceId: workspaceId(),
      logId: workspaceId(),
      ...watch.for(id, surroundings.nowMs()),
      events: events.map(({ sent: _sent, endpoints: _endpoints, missed: _missed, ...event }) => event),
    };
    const stub = this.#stub(endpointNumber, id, session);
    try {
      return await stub.take({ ...batch, after, isAll });
    } catch (error) {
      this.#stubs.delete(endpointNumber);
      if (!isMethodMissing(error)) throw error;
      // One that still runs older code knows no batch before: what it does not have yet is handed over from the beginning.
      return after === null ? endpointOf(this.#port.env, id).enqueue(batch) : { outcome: "gap" };
    }
  }

  #stub(endpointNumber: number, id: string, session: number): Stub {
    const kept = this.#stubs.get(endpointNumber);
    if (kept?.session === session) return kept.stub;
    if (this.#stubs.size >= STUBS_KEPT) this.#stubs.clear();
    const stub = endpointOf(this.#port.env, id);
    this.#stubs.set(endpointNumber, { session, stub });
    return stub;
  }
}
