import { readTape } from "../../domain/json-tape.ts";
import type { JsonObject } from "../shape.ts";
import { Budget, CheckEnded, type DataProblem } from "./budget.ts";
import { Checker } from "./check.ts";
import { compileSchema } from "./compile.ts";

export type { DataProblem } from "./budget.ts";

/** Steps that checking one event may take: 5 to 10 ms (measured), so that 20 ms are kept with the reading of 1 MiB. */
export const EVENT_STEPS = 400_000;

/** What a check came to. */
export interface CheckResult {
  /** The first 20 things that keep the data from fitting; empty = it fits, unless it was too costly to tell. */
  problems: DataProblem[];
  isTooCostly: boolean;
  /** What it took, apart from reading the text. */
  steps: number;
}

/** Tells what keeps data, given as JSON text, from fitting a schema, in `most` steps. The text is JSON. */
export type DataCheck = (data: string, most?: number) => CheckResult;

/**
 * The check of a schema that `schemaProblems` has nothing against. Our own and no library's, because it is somebody's
 * program on somebody's data: what it costs is counted, and what it says is bounded.
 */
export function dataCheck(schema: JsonObject): DataCheck {
  const rules = compileSchema(schema);
  return (data, most = EVENT_STEPS) => {
    const tape = readTape(data);
    if (tape === null) throw new TypeError("the data is not JSON");
    const budget = new Budget(most);
    const checker = new Checker(tape, budget);
    try {
      checker.check(rules, 0, true);
    } catch (error) {
      if (!(error instanceof CheckEnded)) throw error;
    }
    return { problems: checker.problems, isTooCostly: budget.isExceeded, steps: budget.spent };
  };
}
