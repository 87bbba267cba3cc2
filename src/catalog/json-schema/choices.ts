import type { JsonTape } from "../../domain/json-tape.ts";
import type { Budget } from "./budget.ts";
import type { Choice, Choices } from "./rules.ts";

/** Whether a value is one of those of `enum` or `const`. Each comparison is paid for by what it compares. */
export function isChosen(choices: Choices, tape: JsonTape, at: number, budget: Budget): boolean {
  const written = tape.end(at) - tape.start(at);
  switch (String.fromCharCode(tape.first(at))) {
    case "{":
    case "[":
      return choices.composites.some((choice) => isEqual(choice, tape, at, budget));
    case '"':
      // An escape is six characters for one at most: what is longer need not be read.
      if (written - 2 > 6 * choices.maxLength) return false;
      budget.spendCharacters(written);
      return choices.strings.has(tape.string(at));
    case "t":
    case "f":
    case "n":
      return choices.literals.has(tape.raw(at));
    default:
      budget.spendCharacters(written);
      return choices.numbers.size > 0 && choices.numbers.has(Number(tape.raw(at)));
  }
}

function isEqual(choice: Choice, tape: JsonTape, at: number, budget: Budget): boolean {
  budget.spend(1);
  const first = String.fromCharCode(tape.first(at));
  if (isList(choice)) {
    if (first !== "[" || tape.count(at) !== choice.length) return false;
    let item = at + 1;
    return choice.every((one) => {
      const isSame = isEqual(one, tape, item, budget);
      item = tape.next(item);
      return isSame;
    });
  }
  if (typeof choice === "object" && choice !== null) {
    if (first !== "{" || tape.count(at) !== choice.size) return false;
    for (let key = at + 1; key < tape.next(at); key = tape.next(key + 1)) {
      budget.spendCharacters(tape.end(key) - tape.start(key));
      const name = tape.string(key);
      const member = choice.get(name);
      if (member === undefined || !isEqual(member, tape, key + 1, budget)) return false;
    }
    return true;
  }
  if (first === "{" || first === "[") return false;
  const written = tape.end(at) - tape.start(at);
  budget.spendCharacters(written);
  if (typeof choice === "string") {
    return first === '"' && written - 2 <= 6 * choice.length && tape.string(at) === choice;
  }
  if (first === '"') return false;
  return typeof choice === "number" ? Number(tape.raw(at)) === choice : tape.raw(at) === String(choice);
}

function isList(choice: Choice): choice is readonly Choice[] {
  return Array.isArray(choice);
}
