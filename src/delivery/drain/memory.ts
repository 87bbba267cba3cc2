import { MemoryBudget, type MemoryHolder, MIB, SMALL_BYTES } from "../../domain/memory-budget.ts";
import type { Clock } from "../../domain/surroundings.ts";

/*
 * Deliveries in flight, of the 128 MB of an isolate: 16 MiB at module level, since all its endpoints share them. Large
 * events have a part of their own: a few slow receivers of them would otherwise hold up everybody's small ones.
 */
const smallInFlight = new MemoryBudget(4 * MIB);
const largeInFlight = new MemoryBudget(12 * MIB);

/** Deliveries that were taken and are not stored: what finds no room here is stored first. */
const held = new MemoryBudget(16 * MIB);

/** All of them. */
export const inFlightBudgets: readonly MemoryBudget[] = [smallInFlight, largeInFlight, held];

/** The event's data, and the body that is made of it. */
const COPIES = 2;

/** Nothing is held by an endpoint's object, whatever a life of it before held. */
export function giveBackMemoryOf(endpointId: string, { nowMs }: Clock): void {
  for (const budget of inFlightBudgets) budget.holder(endpointId, "", nowMs);
}

/** What an endpoint's deliveries in flight hold. */
export class InFlightMemory {
  readonly #small: MemoryHolder;
  readonly #large: MemoryHolder;
  readonly #held: MemoryHolder;

  constructor(endpointId: string, workspaceId: string, { nowMs }: Clock) {
    this.#small = smallInFlight.holder(endpointId, workspaceId, nowMs);
    this.#large = largeInFlight.holder(endpointId, workspaceId, nowMs);
    this.#held = held.holder(endpointId, workspaceId, nowMs);
  }

  /** Whether a delivery of so many bytes may start now; if not, it waits in line, and asks again. */
  isNext(bytes: number, nowMs: number): boolean {
    return this.#holderOf(bytes).isNext(bytes * COPIES, nowMs);
  }

  /** Whether so many bytes more may be held in memory alone. */
  hasRoomToHold(bytes: number): boolean {
    return this.#held.hasRoomFor(bytes);
  }

  /** What is held in memory alone. */
  setHeld(bytes: number): void {
    this.#held.hold(bytes);
  }

  noteStarted(bytes: number): void {
    const holder = this.#holderOf(bytes);
    holder.hold(holder.heldBytes + bytes * COPIES);
  }

  noteEnded(bytes: number): void {
    const holder = this.#holderOf(bytes);
    holder.hold(holder.heldBytes - bytes * COPIES);
  }

  #holderOf(bytes: number): MemoryHolder {
    return bytes <= SMALL_BYTES ? this.#small : this.#large;
  }
}
