import type { JsonTape } from "../../domain/json-tape.ts";
import { type Budget, CheckEnded, type DataProblem, MAX_PROBLEMS } from "./budget.ts";
import { isChosen } from "./choices.ts";
import { Evaluated } from "./evaluated.ts";
import { type ArrayRules, type ObjectRules, type Rules, TYPE_BITS } from "./rules.ts";
import { isOfType, scalarProblem } from "./scalars.ts";
import { namesOf, shortened, shown, typeOf } from "./values.ts";

/** To note that a member or element was spoken of. */
const NOTE_STEPS = 5;

const NOTHING = new Set<string>();

/** A way to a value: a member's key by its index on the tape, an element's index as its complement (negative). */
type Way = number[];

/** Checks the values of one tape. Each rule looks at each value at most once per schema that applies to it. */
export class Checker {
  readonly problems: DataProblem[] = [];
  readonly #tape: JsonTape;
  readonly #budget: Budget;
  readonly #way: Way = [];

  constructor(tape: JsonTape, budget: Budget) {
    this.#tape = tape;
    this.#budget = budget;
  }

  /**
   * Whether the value at an index keeps the rules. Throws CheckEnded when the budget or the list of problems is full.
   * @param tells whether problems are noted; otherwise the first one ends the check of this value
   * @param evaluated takes what the rules spoke of; null = nobody asks
   */
  check(rules: Rules, at: number, tells: boolean, evaluated: Evaluated | null = null): boolean {
    this.#budget.spend(1);
    if (rules.never) return this.#problem(tells, "is not allowed here");
    const type = typeOf(this.#tape, at);
    // A value of another type can keep none of the other rules: one problem is enough.
    if (rules.types !== 0 && !isOfType(rules.types, type, this.#tape, at, this.#budget)) {
      return this.#problem(tells, () => `must be ${namesOf(rules.types)}, not ${shown(this.#tape, at)}`);
    }
    const asks = rules.unevaluatedProperties !== null || rules.unevaluatedItems !== null;
    const seen = asks ? new Evaluated() : evaluated;
    let holds = true;
    for (const choices of rules.choices) {
      if (isChosen(choices, this.#tape, at, this.#budget)) continue;
      holds = this.#problem(tells, () => `must be ${choices.shown}, not ${shown(this.#tape, at)}`);
    }
    if (!holds && !tells) return false;
    const problem = scalarProblem(rules, type, this.#tape, at, this.#budget);
    if (problem !== null) holds = this.#problem(tells, problem);
    if (type === TYPE_BITS.object && rules.object !== null) {
      holds = this.#object(rules.object, at, tells, seen) && holds;
    }
    if (type === TYPE_BITS.array && rules.array !== null)
      holds = this.#array(rules.array, at, tells, seen) && holds;
    if (!holds && !tells) return false;
    holds = this.#inPlace(rules, at, tells, seen) && holds;
    if (!holds || !asks || seen === null) return holds;
    if (type === TYPE_BITS.object) holds = this.#otherMembers(rules.unevaluatedProperties, at, tells, seen);
    if (type === TYPE_BITS.array) holds = this.#otherItems(rules.unevaluatedItems, at, tells, seen) && holds;
    if (evaluated !== null) this.#budget.spend(NOTE_STEPS * evaluated.add(seen));
    return holds;
  }

  /** The schemas within a schema that apply to the same value. */
  #inPlace(rules: Rules, at: number, tells: boolean, seen: Evaluated | null): boolean {
    let holds = true;
    for (const each of rules.all) {
      holds = this.check(each, at, tells, seen) && holds;
      if (!holds && !tells) return false;
    }
    if (rules.any !== null)
      holds = this.#oneOfMany(rules.any, at, tells, seen, Number.POSITIVE_INFINITY) && holds;
    if (rules.one !== null) holds = this.#oneOfMany(rules.one, at, tells, seen, 1) && holds;
    if (rules.not !== null && this.#trial(rules.not, at, null)) {
      holds = this.#problem(tells, "must not fit the schema under `not`");
    }
    if (rules.if !== null) {
      const branch = this.#trial(rules.if, at, seen) ? rules.then : rules.else;
      if (branch !== null) holds = this.check(branch, at, tells, seen) && holds;
    }
    return holds;
  }

  /** Whether a schema holds, without a word; what it spoke of counts if it does. */
  #trial(rules: Rules, at: number, seen: Evaluated | null): boolean {
    const own = seen === null ? null : new Evaluated();
    const holds = this.check(rules, at, false, own);
    if (holds && seen !== null && own !== null) this.#budget.spend(NOTE_STEPS * seen.add(own));
    return holds;
  }

  #oneOfMany(
    alternatives: readonly Rules[],
    at: number,
    tells: boolean,
    seen: Evaluated | null,
    most: number,
  ): boolean {
    let fitting = 0;
    for (const each of alternatives) {
      if (this.#trial(each, at, seen)) fitting++;
      // Where nobody asks what was spoken of, one that fits decides `anyOf`, and a second one `oneOf`.
      if (fitting > most || (fitting === 1 && most > 1 && seen === null)) break;
    }
    if (fitting > most) return this.#problem(tells, "must fit only one of the schemas under `oneOf`");
    if (fitting > 0) return true;
    if (!tells) return false;
    // What is wrong is told by the alternatives for the value's type; with several, nobody knows which was meant.
    const [likely, ...others] = alternatives.filter((each) => this.#isMeantFor(each, at));
    if (likely !== undefined && others.length === 0) return this.check(likely, at, true);
    const types = alternatives.reduce((bits, each) => bits | (each.types || -1), 0);
    const isOfNone = likely === undefined && types > 0;
    const wanted = isOfNone
      ? `be ${namesOf(types)}, not ${shown(this.#tape, at)}`
      : "fit one of the schemas offered";
    return this.#problem(true, `must ${wanted}`);
  }

  #isMeantFor(rules: Rules, at: number): boolean {
    return (
      !rules.never &&
      (rules.types === 0 || isOfType(rules.types, typeOf(this.#tape, at), this.#tape, at, this.#budget))
    );
  }

  #object(rules: ObjectRules, at: number, tells: boolean, seen: Evaluated | null): boolean {
    let holds = this.#objectSize(rules, at, tells);
    const found = rules.asked.size === 0 ? NOTHING : new Set<string>();
    const end = this.#tape.next(at);
    for (let key = at + 1; key < end; key = this.#tape.next(key + 1)) {
      this.#budget.spendCharacters(this.#tape.end(key) - this.#tape.start(key));
      const name = this.#tape.string(key);
      const member = rules.properties.get(name) ?? rules.additional;
      if (rules.asked.has(name)) found.add(name);
      if (member !== null && seen !== null) {
        this.#budget.spend(NOTE_STEPS);
        seen.names.add(name);
      }
      this.#way.push(key);
      if (rules.names !== null && !this.check(rules.names, key, false)) {
        holds = this.#problem(tells, "has a name that does not fit `propertyNames`");
      }
      if (member !== null) holds = this.check(member, key + 1, tells) && holds;
      this.#way.pop();
      if (!holds && !tells) return false;
    }
    return (found === NOTHING || this.#asked(rules, found, at, tells, seen)) && holds;
  }

  #objectSize({ minProperties, maxProperties }: ObjectRules, at: number, tells: boolean): boolean {
    const count = this.#tape.count(at);
    if (count > maxProperties)
      return this.#problem(tells, `must not have more than ${maxProperties} members`);
    return count >= minProperties || this.#problem(tells, `must have at least ${minProperties} members`);
  }

  /** What depends on which members there are. */
  #asked(
    { required, dependentRequired, dependentSchemas }: ObjectRules,
    found: Set<string>,
    at: number,
    tells: boolean,
    seen: Evaluated | null,
  ): boolean {
    let holds = true;
    const needs = (names: readonly string[]) => {
      this.#budget.spend(names.length);
      for (const name of names) {
        if (!found.has(name)) holds = this.#problem(tells, `must have the member ${shortened(name)}`);
      }
    };
    needs(required);
    for (const [name, names] of dependentRequired) if (found.has(name)) needs(names);
    for (const [name, rules] of dependentSchemas) {
      if (found.has(name)) holds = this.check(rules, at, tells, seen) && holds;
    }
    return holds;
  }

  #array(rules: ArrayRules, at: number, tells: boolean, seen: Evaluated | null): boolean {
    const count = this.#tape.count(at);
    let holds = true;
    if (count < rules.minItems) holds = this.#problem(tells, `must have at least ${rules.minItems} items`);
    if (count > rules.maxItems)
      holds = this.#problem(tells, `must not have more than ${rules.maxItems} items`);
    if (!holds && !tells) return false;
    if (seen !== null) seen.upTo = Math.max(seen.upTo, rules.items === null ? rules.prefix.length : count);
    if (rules.items !== null || rules.prefix.length > 0) {
      holds = this.#items((index) => rules.prefix[index] ?? rules.items, at, tells) && holds;
    }
    return (rules.contains === null || this.#contains(rules, rules.contains, at, tells, seen)) && holds;
  }

  #items(rulesOf: (index: number) => Rules | null, at: number, tells: boolean): boolean {
    let holds = true;
    const end = this.#tape.next(at);
    for (let item = at + 1, index = 0; item < end; item = this.#tape.next(item), index++) {
      const rules = rulesOf(index);
      this.#budget.spend(1);
      if (rules === null) continue;
      this.#way.push(~index);
      holds = this.check(rules, item, tells) && holds;
      this.#way.pop();
      if (!holds && !tells) return false;
    }
    return holds;
  }

  #contains(
    { minContains, maxContains }: ArrayRules,
    wanted: Rules,
    at: number,
    tells: boolean,
    seen: Evaluated | null,
  ): boolean {
    let fitting = 0;
    const end = this.#tape.next(at);
    for (let item = at + 1, index = 0; item < end; item = this.#tape.next(item), index++) {
      if (!this.check(wanted, item, false)) continue;
      fitting++;
      if (seen === null) continue;
      this.#budget.spend(NOTE_STEPS);
      seen.indices.add(index);
    }
    if (fitting < minContains) {
      return this.#problem(tells, `must have at least ${minContains} items that fit \`contains\``);
    }
    return (
      fitting <= maxContains ||
      this.#problem(tells, `must not have more than ${maxContains} items that fit \`contains\``)
    );
  }

  #otherMembers(rules: Rules | null, at: number, tells: boolean, seen: Evaluated): boolean {
    if (rules === null) return true;
    let holds = true;
    const end = this.#tape.next(at);
    for (let key = at + 1; key < end; key = this.#tape.next(key + 1)) {
      this.#budget.spendCharacters(this.#tape.end(key) - this.#tape.start(key));
      const name = this.#tape.string(key);
      if (seen.names.has(name)) continue;
      this.#budget.spend(NOTE_STEPS);
      seen.names.add(name);
      this.#way.push(key);
      holds = this.check(rules, key + 1, tells) && holds;
      this.#way.pop();
      if (!holds && !tells) return false;
    }
    return holds;
  }

  #otherItems(rules: Rules | null, at: number, tells: boolean, seen: Evaluated): boolean {
    if (rules === null) return true;
    const isSeen = (index: number) => index < seen.upTo || seen.indices.has(index);
    const holds = this.#items((index) => (isSeen(index) ? null : rules), at, tells);
    seen.upTo = this.#tape.count(at);
    return holds;
  }

  /** Notes a problem with the value at this place, if they are told; always false. Throws when there are enough. */
  #problem(tells: boolean, message: string | (() => string)): false {
    if (!tells) return false;
    const path = this.#way.map((step) => (step < 0 ? ~step : shortened(this.#tape.string(step))));
    this.problems.push({ path, message: typeof message === "string" ? message : message() });
    if (this.problems.length >= MAX_PROBLEMS) throw new CheckEnded();
    return false;
  }
}
