import { type Program, type Run, TOO_COSTLY } from "./run.ts";
import { Failure, isDictionary, isList, mismatch, type Result, type Value } from "./values.ts";

/*
 * CEL's macros over a list, or over the keys of a map. Each element costs as many steps as its body has operations, so
 * that loops within loops, and long bodies over long lists, end.
 */

/** A loop: what it goes over, and what is evaluated for each element with the element in `locals[slot]`. */
export interface Loop {
  name: string;
  range: Program;
  slot: number;
  body: Program;
  /** `map(x, condition, value)` has both. */
  value: Program | null;
  /** Operations in the body. */
  bodySteps: number;
}

export type LoopName = "all" | "exists" | "exists_one" | "filter" | "map";

/** Builds the program of a loop, by its name. */
export const loops: Readonly<Record<LoopName, (loop: Loop) => Program>> = {
  all: (loop) => quantifier(loop, false),
  exists: (loop) => quantifier(loop, true),
  exists_one: (loop) =>
    overElements(loop, (run, elements) => {
      let count = 0;
      for (const element of elements) {
        const holds = condition(loop, run, element);
        if (holds instanceof Failure) return holds;
        if (holds) count++;
      }
      return count === 1;
    }),
  filter: (loop) =>
    overElements(loop, (run, elements) => {
      const kept: Value[] = [];
      for (const element of elements) {
        const holds = condition(loop, run, element);
        if (holds instanceof Failure) return holds;
        if (holds) kept.push(element);
      }
      return kept;
    }),
  map: (loop) =>
    overElements(loop, (run, elements) => {
      const made: Value[] = [];
      for (const element of elements) {
        if (loop.value !== null) {
          const holds = condition(loop, run, element);
          if (holds instanceof Failure) return holds;
          if (!holds) continue;
        }
        const result = valueAt(loop, loop.value ?? loop.body, run, element);
        if (result instanceof Failure) return result;
        made.push(result);
      }
      return made;
    }),
};

export function isLoopName(name: string): name is LoopName {
  return Object.hasOwn(loops, name);
}

/** `all` and `exists`: one element decides; a failure counts only where none does. */
function quantifier(loop: Loop, decisive: boolean): Program {
  return overElements(loop, (run, elements) => {
    let failure: Failure | null = null;
    for (const element of elements) {
      const holds = condition(loop, run, element);
      if (holds === decisive) return decisive;
      if (run.isExhausted) return TOO_COSTLY;
      if (holds instanceof Failure) failure ??= holds;
    }
    return failure ?? !decisive;
  });
}

function overElements(loop: Loop, go: (run: Run, elements: Iterable<Value>) => Result): Program {
  return (run) => {
    const range = loop.range(run);
    if (range instanceof Failure) return range;
    if (isList(range)) return go(run, range);
    return isDictionary(range) ? go(run, range.keys()) : mismatch(loop.name, range);
  };
}

function condition(loop: Loop, run: Run, element: Value): boolean | Failure {
  const holds = valueAt(loop, loop.body, run, element);
  if (typeof holds === "boolean" || holds instanceof Failure) return holds;
  return mismatch(`the condition of ${loop.name}`, holds);
}

function valueAt(loop: Loop, program: Program, run: Run, element: Value): Result {
  if (!run.spend(loop.bodySteps)) return TOO_COSTLY;
  run.locals[loop.slot] = element;
  return program(run);
}
