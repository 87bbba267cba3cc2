import type { Deadlines } from "../../deadlines.ts";
import type { AttemptError } from "../../domain/delivery.ts";
import { deliveryId } from "../../domain/ids.ts";
import type { Carried, CarriedRequest } from "../../domain/listening.ts";
import { logLine } from "../../service-log.ts";
import type { Outgoing } from "../record/claim.ts";
import type { ReceiverResponse } from "./http-answer.ts";

/** Whoever is asked answers for a listener that seems gone only this much later, see `listeners.ts`. */
const PATIENCE_MS = 30_000;

/** When it is tried again to ask a hub that gave no answer. */
const ASKS_AGAIN_MS = 2000;

/** No attempt was made: nobody is there to take one. */
export class NobodyThere extends Error {}

/** The receiver's side says why there is no answer. */
export class NotAnswered extends Error {
  readonly reason: AttemptError;
  readonly durationMs: number;

  constructor(reason: AttemptError, durationMs: number) {
    super(reason);
    this.reason = reason;
    this.durationMs = durationMs;
  }
}

/** Carries one request; throws NobodyThere or NotAnswered. */
export type Carry = (
  request: Pick<CarriedRequest, "method" | "headers" | "body">,
) => Promise<ReceiverResponse>;

export interface TunnelPort {
  endpointId(): string;
  deadlines: Deadlines;
  /** Asks the hub. */
  carry(request: CarriedRequest): Promise<Carried>;
}

/**
 * The way to those who listen. It is open until the hub says that nobody does, and again once it says that somebody came:
 * a hub that was reset, and an object that just woke up, find out by trying.
 */
export class Tunnel {
  readonly #port: TunnelPort;
  #state: "open" | "nobody" | "later" = "open";
  /** How often somebody came: an answer may be older than that. */
  #comings = 0;
  #onReopen = (): void => {};

  constructor(port: TunnelPort) {
    this.#port = port;
  }

  /** Calls this when the way is open again by itself. */
  whenReopened(onReopen: () => void): void {
    this.#onReopen = onReopen;
  }

  /** Whether somebody may be there. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether it is known that nobody is there. */
  get lacksListener(): boolean {
    return this.#state === "nobody";
  }

  /** Somebody listens. */
  noteListener(): void {
    this.#comings++;
    this.#state = "open";
  }

  /** The way of one delivery's attempt. */
  of({ sequence, event, attemptCount, isReplay }: Outgoing, timeoutMs: number): Carry {
    const endpointId = this.#port.endpointId();
    return (request) =>
      this.#carry({
        ...{ endpointId, sequence, isReplay, timeoutMs },
        deliveryId: deliveryId(endpointId, sequence),
        eventId: event.id,
        eventType: event.type,
        attempt: attemptCount + 1,
        ...request,
      });
  }

  async #carry(request: CarriedRequest): Promise<ReceiverResponse> {
    const comings = this.#comings;
    const carried = await this.#ask(request);
    if (carried.outcome === "nobody") {
      if (comings === this.#comings) this.#state = "nobody";
      throw new NobodyThere();
    }
    if (carried.outcome === "failed") throw new NotAnswered(carried.error, carried.durationMs);
    const { status, headers, body, durationMs } = carried;
    return { status, headers: new Headers(headers), body: new Response(body).body, durationMs };
  }

  /** Nobody knows what a hub did that was reset, or gives no answer: as in a crash of its own, it counts for nothing. */
  async #ask(request: CarriedRequest): Promise<Carried> {
    try {
      return await this.#port.deadlines.within(request.timeoutMs + PATIENCE_MS, this.#port.carry(request));
    } catch (error) {
      logLine("warn", "the hub did not carry a request", { endpoint: request.endpointId, error });
      this.#state = "later";
      this.#port.deadlines.in(ASKS_AGAIN_MS, () => {
        if (this.#state !== "later") return;
        this.#state = "open";
        this.#onReopen();
      });
      throw new NobodyThere();
    }
  }
}
