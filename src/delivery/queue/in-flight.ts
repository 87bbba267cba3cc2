import type { ClaimedDelivery } from "../record/claim.ts";

/** The deliveries that are being attempted, and those whose attempt ended and is not on record yet. */
export class InFlight {
  readonly #claimed = new Map<number, ClaimedDelivery>();
  #bytes = 0;
  readonly #fresh = { count: 0, bytes: 0 };

  get count(): number {
    return this.#claimed.size;
  }

  /** What those that are being attempted hold in memory, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The deliveries in flight that are pending and were never attempted before. */
  get fresh(): Readonly<{ count: number; bytes: number }> {
    return this.#fresh;
  }

  /** By sequence. */
  get all(): ReadonlyMap<number, ClaimedDelivery> {
    return this.#claimed;
  }

  /** The lowest sequence that is pending and was never attempted before; undefined = there is none. */
  get lowestFresh(): number | undefined {
    let lowest: number | undefined;
    for (const { isIndexed, isCanceled, sequence } of this.#claimed.values()) {
      if (!isIndexed && !isCanceled && (lowest === undefined || sequence < lowest)) lowest = sequence;
    }
    return lowest;
  }

  add(claimed: ClaimedDelivery): void {
    this.#claimed.set(claimed.sequence, claimed);
    this.#bytes += claimed.bytes;
    if (!claimed.isIndexed) this.#countFresh(1, claimed);
  }

  /** Its attempt ended, and waits for its record: what was sent is held no more. */
  noteLanded({ bytes }: ClaimedDelivery): void {
    this.#bytes -= bytes;
  }

  /** It has a row now that lies in the indexes. */
  noteRow(claimed: ClaimedDelivery): void {
    if (!claimed.isIndexed && !claimed.isCanceled) this.#countFresh(-1, claimed);
    claimed.isIndexed = true;
  }

  /** It is attempted no more, nor was it. */
  takeBack(claimed: ClaimedDelivery): void {
    this.noteLanded(claimed);
    this.noteRecorded(claimed);
  }

  /** Its attempt is on record. */
  noteRecorded(claimed: ClaimedDelivery): void {
    this.#claimed.delete(claimed.sequence);
    if (!claimed.isIndexed && !claimed.isCanceled) this.#countFresh(-1, claimed);
  }

  /** It is pending no more, though its attempt goes on. */
  cancel(claimed: ClaimedDelivery): void {
    if (!claimed.isIndexed && !claimed.isCanceled) this.#countFresh(-1, claimed);
    claimed.isCanceled = true;
  }

  #countFresh(sign: 1 | -1, { bytes }: ClaimedDelivery): void {
    this.#fresh.count += sign;
    this.#fresh.bytes += sign * bytes;
  }
}
