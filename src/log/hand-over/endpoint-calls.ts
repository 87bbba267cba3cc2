import { loadEndpointConfigs } from "../../d1/endpoint-config.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { GivenConfiguration, Taking, TakingAnswer } from "../../domain/messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { HeardWatch } from "../../domain/tail.ts";
import type { Env } from "../../env.ts";
import { isMethodMissing } from "../../objects/object-errors.ts";
import { endpointOf } from "../../objects/objects.ts";
import { Configurations } from "./configurations.ts";
import type { Batch } from "./on-its-way.ts";
import type { Predecessors } from "./predecessors.ts";

/** Endpoints of which a stub is kept; whoever gets a new one only loses the order of what is on its way. */
const STUBS_KEPT = 1000;

/** So often an object's life may end between its question for a configuration and the answer. */
const MOST_QUESTIONS = 3;

export interface EndpointCallsPort {
  env: Env;
  surroundings: Clock & Timers;
  deadlines: Deadlines;
  workspaceId(): string;
  /** The name of the log's object. */
  logId(): string;
  watch: HeardWatch;
  predecessors: Pick<Predecessors, "areAllPassed" | "limit">;
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
  readonly #configurations: Configurations;

  constructor(port: EndpointCallsPort) {
    this.#port = port;
    this.#configurations = new Configurations(
      (ids) => loadEndpointConfigs(port.env.DB, ids),
      port.surroundings,
      port.deadlines,
    );
  }

  /** Hands a batch over to its endpoint's object: as much of it as may come before what other logs have. */
  async send(endpointNumber: number, batch: Batch): Promise<TakingAnswer> {
    const { endpointId, predecessors } = this.#port;
    const id = endpointId(endpointNumber);
    if (id === null) return { outcome: "gone" };
    if (predecessors.areAllPassed) return this.#send(endpointNumber, id, batch);
    const limit = await predecessors.limit(endpointNumber, id);
    const events = batch.events.filter(({ position }) => position <= limit);
    if (events.length === batch.events.length) return this.#send(endpointNumber, id, batch);
    const last = events.at(-1);
    if (last === undefined) return { outcome: "full", taken: 0 };
    const answer = await this.#send(endpointNumber, id, { ...batch, events, isAll: false });
    // The rest is kept for later, as where an endpoint is full.
    return answer.outcome === "taken" ? { outcome: "full", taken: answer.settled ?? last.position } : answer;
  }

  async #send(
    endpointNumber: number,
    id: string,
    { events, after, isAll, session }: Batch,
  ): Promise<TakingAnswer> {
    const { logId, surroundings, watch, workspaceId } = this.#port;
    const batch = {
      workspaceId: workspaceId(),
      logId: logId(),
      ...watch.for(id, surroundings.nowMs()),
      events: events.map(({ sent: _sent, endpoints: _endpoints, missed: _missed, ...event }) => event),
    };
    const take = (taking: Taking) => this.#stub(endpointNumber, id, session).take(taking);
    try {
      return await this.#configured(id, (configuration) => take({ ...batch, after, isAll, configuration }));
    } catch (error) {
      this.#stubs.delete(endpointNumber);
      if (!isMethodMissing(error)) throw error;
      // One that still runs older code knows no batch before: what it does not have yet is handed over from the beginning.
      return after === null ? endpointOf(this.#port.env, id).enqueue(batch) : { outcome: "gap" };
    }
  }

  /** Sends a batch, once more with its configuration to an object that has none. */
  async #configured(
    id: string,
    take: (configuration: GivenConfiguration | null) => Promise<TakingAnswer>,
  ): Promise<TakingAnswer> {
    let answer = await take(null);
    for (let asked = 0; answer.outcome === "unconfigured"; asked++) {
      if (asked === MOST_QUESTIONS) throw new Error("an object asks for its configuration again and again");
      const { askedBy } = answer;
      const config = await this.#configurations.of(id);
      if (config === null) return { outcome: "gone" };
      answer = await take({ config, askedBy });
    }
    return answer;
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
