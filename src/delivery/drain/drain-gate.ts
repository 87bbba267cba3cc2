import type { DeliveryPolicy } from "../../contract/policy.ts";
import type { EndpointStatus } from "../../domain/endpoint.ts";
import type { Standstill } from "../../domain/waiting.ts";
import type { Standing } from "../health/standing.ts";
import type { DeliveryQueue } from "../queue/queue.ts";
import type { Lanes } from "../senders/lanes.ts";
import { type Gate, type GateState, gate } from "./gate.ts";
import type { Settling } from "./settling.ts";

/**
 * What deliveries in flight may hold in memory before another one starts: with the largest event on top, and the
 * copies that sending makes of it, an object stays within some 4 MB.
 */
const MAX_BYTES_IN_FLIGHT = 1024 ** 2;

export interface DrainGatePort {
  queue: DeliveryQueue;
  standing: Pick<Standing, "holdUntil">;
  policy(): DeliveryPolicy;
  status(): EndpointStatus;
  /** Whether an attempt can reach anybody: where nothing is called, one must be there. */
  isReachable(): boolean;
  /** Attempts that may be in flight, whatever the endpoint asks for. */
  lanes: Pick<Lanes, "capacity" | "isFree">;
}

/** The gate of one endpoint's attempts, with all that it looks at. */
export class DrainGate {
  readonly #port: DrainGatePort;
  readonly #settling: Pick<Settling, "count" | "isFull">;
  #lastStartAt: number;

  /** @param lastStartAt when an attempt started last, Unix milliseconds: the rate counts from then */
  constructor(port: DrainGatePort, settling: Pick<Settling, "count" | "isFull">, lastStartAt: number) {
    this.#port = port;
    this.#settling = settling;
    this.#lastStartAt = lastStartAt;
  }

  /** An attempt started. */
  noteStarted(nowMs: number): void {
    this.#lastStartAt = nowMs;
  }

  /** Whether an attempt may start by a lane of the endpoint's. */
  at(nowMs: number): Gate {
    return gate(this.#state, nowMs);
  }

  /** Whether an attempt might start if a lane were free. */
  withLane(nowMs: number): Gate {
    return gate({ ...this.#state, hasRoom: this.#hasMemory }, nowMs);
  }

  /** Whether a delivery may be fetched, beside so many that are out: nothing is called. */
  forPull(out: { inFlight: number; maxInFlight: number }, nowMs: number): Gate {
    return gate({ ...this.#state, isReachable: true, hasRoom: true, ...out }, nowMs);
  }

  get #state(): GateState {
    const { queue, lanes } = this.#port;
    const { ratePerSecond, order, ...policy } = this.#port.policy();
    const maxInFlight = order === "endpoint" ? 1 : Math.min(policy.maxInFlight, lanes.capacity);
    // An attempt that ended frees its slot before it is on record, unless the order forbids it.
    const unrecorded = order === "endpoint" ? 0 : this.#settling.count;
    return {
      status: this.#port.status(),
      isReachable: this.#port.isReachable(),
      holdUntil: this.#port.standing.holdUntil,
      rateAllowsAt: ratePerSecond === null ? 0 : this.#lastStartAt + Math.ceil(1000 / ratePerSecond),
      inFlight: queue.inFlight - unrecorded,
      maxInFlight,
      hasRoom: lanes.isFree && this.#hasMemory,
    };
  }

  get #hasMemory(): boolean {
    return this.#port.queue.bytesInFlight < MAX_BYTES_IN_FLIGHT && !this.#settling.isFull;
  }

  /** What keeps the deliveries of the endpoint at this moment, whichever of them, but for room that others have. */
  standstill(): Omit<Standstill, "status" | "isCanceling" | "isReordering" | "lacks"> {
    const { inFlight, maxInFlight, hasRoom, holdUntil, rateAllowsAt } = this.#state;
    const { isFree } = this.#port.lanes;
    return {
      ...{ holdUntil, rateAllowsAt },
      hasSlot: inFlight < maxInFlight && isFree,
      hasRoom: !isFree || hasRoom,
    };
  }
}
