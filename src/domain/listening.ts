import type { AttemptError } from "./delivery.ts";
import type { Pulled } from "./pulling.ts";
import { always, nullable, record, shapeOf } from "./stored.ts";

/*
 * Requests that a socket carries to whoever listens: how an endpoint's object and the hub of its workspace, which has the
 * sockets, speak of them.
 */

/** One attempt on its way to those who listen: what a receiver that fetches is handed, carried to it instead. */
export interface CarriedRequest extends Pulled {
  endpointId: string;
  timeoutMs: number;
}

/** What came of it. */
export type Carried =
  | {
      outcome: "answered";
      status: number;
      headers: Record<string, string>;
      body: Uint8Array;
      durationMs: number;
    }
  | { outcome: "failed"; error: AttemptError; durationMs: number }
  /** Nobody listens, or whoever did is gone: no attempt was made. */
  | { outcome: "nobody" };

/** One who listens. */
export interface Listener {
  endpointId: string;
  keyId: string;
  /** When its key stops working, Unix milliseconds; null = never. */
  expiresAt: number | null;
}

/** How the Worker asks the hub for a socket, in a header. */
export const listenerShape = shapeOf(
  record<Listener>({ endpointId: always(), keyId: always(), expiresAt: nullable(always()) }),
);

/** Why an endpoint's object pauses it, and then disables it: whoever listened left, and did not come back. */
export const LISTENER_LEFT = "listener_left";
