import { type Program, type Run, TOO_COSTLY } from "./run.ts";
import { Failure, mismatch, type Result, type Value } from "./values.ts";

/* Programs made of programs. What fails in a part makes the whole fail, except where `&&` and `||` say otherwise. */

/** A program that works on what another one gives. */
export function unary(operand: Program, operate: (value: Value) => Result): Program {
  return (run) => {
    const value = operand(run);
    return value instanceof Failure ? value : operate(value);
  };
}

/** A program of two operands, the left one first. */
export function binary(
  operate: (left: Value, right: Value, run: Run) => Result,
  left: Program,
  right: Program,
): Program {
  return (run) => {
    const a = left(run);
    if (a instanceof Failure) return a;
    const b = right(run);
    return b instanceof Failure ? b : operate(a, b, run);
  };
}

/** `&&` and `||`: if either side decides, the other one does not matter, not even if it fails. */
export function connected(name: string, decisive: boolean, left: Program, right: Program): Program {
  return (run) => {
    const a = left(run);
    if (a === decisive) return decisive;
    if (run.isExhausted) return TOO_COSTLY;
    const b = right(run);
    if (b === decisive) return decisive;
    if (a instanceof Failure) return a;
    if (b instanceof Failure) return b;
    return typeof a === "boolean" && typeof b === "boolean" ? !decisive : mismatch(name, a, b);
  };
}

/** `[a, b]`. */
export function listOf(elements: readonly Program[]): Program {
  return (run) => {
    if (!run.spend(elements.length)) return TOO_COSTLY;
    const values: Value[] = [];
    for (const element of elements) {
      const value = element(run);
      if (value instanceof Failure) return value;
      values.push(value);
    }
    return values;
  };
}

/** `{k: v}`. */
export function mapOf(entries: readonly (readonly [Program, Program])[]): Program {
  return (run) => {
    if (!run.spend(entries.length)) return TOO_COSTLY;
    const values = new Map<Value, Value>();
    for (const [key, value] of entries) {
      const [name, content] = [key(run), value(run)];
      if (name instanceof Failure) return name;
      if (content instanceof Failure) return content;
      values.set(name, content);
    }
    return values;
  };
}
