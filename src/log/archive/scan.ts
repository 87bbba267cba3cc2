import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";

/** What a scan may take at once. */
export interface ScanLimits {
  events: number;
  bytes: number;
}

export interface Scan {
  events: LoggedEvent[];
  /** Everything up to here was looked at. */
  upTo: number;
}

/** What a scan forward looks for. */
export interface ForwardRange {
  after: number;
  wanted: (event: LoggedEvent) => boolean;
  limits: ScanLimits;
  /** Only events that concern the endpoint with this number are wanted: blocks without one are not read. */
  endpoint?: number;
  /** `summaries` leaves `data` empty. */
  part?: "summaries";
  /** Whether what R2 has deleted is wanted all the same, as far as it is known: for hand-over, to `endpoint`. */
  withExpired?: true;
}

/** A scan while it gathers events up to its limits. */
export class ScanInProgress {
  readonly events: LoggedEvent[] = [];
  upTo: number;
  readonly wanted: (event: LoggedEvent) => boolean;
  readonly part: "summaries" | undefined;
  readonly #limits: ScanLimits;
  #bytes = 0;

  constructor({ after, wanted, limits, part }: ForwardRange) {
    this.upTo = after;
    this.part = part;
    this.wanted = (event) => event.position > after && wanted(event);
    this.#limits = limits;
  }

  /** Takes the wanted events of a chunk or block that ends at `last`; false: a limit is reached. */
  examine(events: LoggedEvent[], last: number): boolean {
    for (const event of events) {
      this.#bytes += approximateBytes(event);
      const isFull = this.events.length >= this.#limits.events || this.#bytes > this.#limits.bytes;
      if (isFull && this.events.length > 0) return false;
      this.events.push(event);
      this.upTo = event.position;
    }
    this.upTo = Math.max(this.upTo, last);
    return true;
  }
}
