/* What the Worker and an endpoint's object say to each other of events that the receiver fetches. */

/** What a receiver asks for. */
export interface Pull {
  limit: number;
  waitMs: number;
  leaseMs: number;
  /** The token of what it had fetched before; null = it acknowledges nothing. */
  ack: string | null;
}

/** One event as it is handed out. */
export interface Pulled {
  deliveryId: string;
  eventId: string;
  eventType: string;
  sequence: number;
  /** From 1. */
  attempt: number;
  isReplay: boolean;
  method: string;
  headers: Record<string, string>;
  body: string;
}

export type PullAnswer =
  | {
      outcome: "pulled";
      events: Pulled[];
      /** Null = nothing was handed out. */
      lease: { token: string; until: number } | null;
      acknowledged: number;
    }
  | { outcome: "unknown" | "disabled" | "called" };

/** What became of one of them: as a receiver would have answered. */
export interface PullResult {
  deliveryId: string;
  status: number;
  body: string;
}
