import { Failure, type Value } from "./values.ts";

/** What an expression can name. */
export interface Names {
  /** undefined = there is nothing of that name; never null. */
  valueOf(name: string): Exclude<Value, null> | undefined;
}

/**
 * What one evaluation may cost, in steps: about one for each operation inside a loop, for each element that is compared
 * and for 32 characters that are looked at. 10,000 are enough to go through a list of a thousand. Few, because each
 * endpoint of a workspace may have a costly filter, and every event of a batch pays for all of them. A bound that
 * filters share would let one of them decide what another one matches.
 */
const STEPS = 10_000;

/** The failure of an evaluation that would cost too much. It cannot be caught by `||`: see `Run.isExhausted`. */
export const TOO_COSTLY = new Failure("too costly for this event");

/** One evaluation of an expression. */
export class Run {
  readonly names: Names;
  /** The variables of the loops around, outermost first. */
  readonly locals: Value[] = [];
  #left = STEPS;

  constructor(names: Names) {
    this.names = names;
  }

  /** Takes steps before the work is done; false = there are not enough, and it must not be done. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  /** Takes the steps of work that looks at so many characters; false as in `spend`. */
  spendCharacters(count: number): boolean {
    return this.spend(1 + count / 32);
  }

  /** Steps that were taken so far. */
  get spent(): number {
    return STEPS - Math.max(this.#left, 0);
  }

  /** Once true, no result of this run counts. */
  get isExhausted(): boolean {
    return this.#left < 0;
  }
}

/** A compiled expression, or a part of one. Never throws. */
export type Program = (run: Run) => Value | Failure;
