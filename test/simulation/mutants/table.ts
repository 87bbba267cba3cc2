import type { Planted } from "../runtime.ts";

/** A planted bug. */
export interface Mutant extends Planted {
  name: string;
}

export const MUTANTS: readonly Mutant[] = [];
