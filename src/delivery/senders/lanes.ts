import type { Slots } from "../../domain/slots.ts";
import type { SenderLink } from "./sender-link.ts";
import type { Senders } from "./senders.ts";

/** What an attempt goes out by, for as long as it holds it. */
export interface Lane {
  /** Null: a connection of the endpoint's own object. */
  readonly link: SenderLink | null;
  release(): void;
}

/** All connections that attempts of an endpoint may go out by: first those of its object, then those of its senders. */
export class Lanes {
  readonly #own: Slots;
  readonly #senders: Senders;
  #taken = 0;
  #mayHoldMore = (): boolean => true;

  constructor(own: Slots, senders: Senders) {
    this.#own = own;
    this.#senders = senders;
  }

  /** How many are taken, those of the object that something else than an attempt has among them. */
  get held(): number {
    return this.#own.held + this.#senders.busy;
  }

  get capacity(): number {
    return this.#own.capacity + this.#senders.capacity;
  }

  /** Whether one may be taken. */
  get isFree(): boolean {
    return this.#own.isFree || (this.#senders.isFree && this.#mayHoldMore());
  }

  /** See `Slots`. */
  limitTo(mayHoldMore: () => boolean): void {
    this.#mayHoldMore = mayHoldMore;
    this.#own.limitTo(mayHoldMore);
  }

  /** None is free, and there is something to send: begins with more senders, and calls `onWiden` where that gives some. */
  widen(onWiden: () => void): void {
    if (this.#own.isFree || this.#senders.isFree) return;
    this.#senders.open(() => {
      onWiden();
      if (this.#taken === 0) this.#senders.rest();
    });
  }

  /** Takes one that is free. */
  take(): Lane {
    this.#taken++;
    if (this.#own.isFree) {
      this.#own.take();
      return { link: null, release: () => this.#release(() => this.#own.release()) };
    }
    const link = this.#senders.take();
    return { link, release: () => this.#release(() => this.#senders.release(link)) };
  }

  #release(giveBack: () => void): void {
    giveBack();
    // An open session keeps its sender awake.
    if (--this.#taken === 0) this.#senders.rest();
  }
}
