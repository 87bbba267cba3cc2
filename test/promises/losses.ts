/** What an event of a 202 has come to at an endpoint that it goes to, as its sender tells; null = it knows nothing of it. */
type Fate = "pending" | "delivered" | "dead" | "canceled" | "missed" | "deleted" | null;

export interface Owed {
  event: string;
  fate: Fate;
  /** Whether the receiver answered it with a success. */
  wasReceived: boolean;
}

/** Promise 1: an event of a 202 comes to each endpoint that it goes to, or it is known why not. */
export function lossesOf(owed: readonly Owed[]): string[] {
  return owed.flatMap(({ event, fate, wasReceived }) => {
    switch (fate) {
      case null:
        return [`event ${event} was lost`];
      case "pending":
        return [`event ${event} is pending for ever`];
      case "delivered":
        return wasReceived ? [] : [`event ${event} counts as delivered, and never came`];
      default:
        return [];
    }
  });
}
