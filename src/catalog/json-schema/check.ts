import type { JsonTape } from "../../domain/json-tape.ts";
import { type Budget, CheckEnded, type DataProblem, MAX_PROBLEMS } from "./budget.ts";
import { isChosen } from "./choices.ts";
import { Evaluated } from "./evaluated.ts";
import { isOfFormat, maxLengthOf } from "./formats.ts";
import { isInteger, isMultiple, SAFE_LENGTH, worthOf } from "./numbers.ts";
import {
  type ArrayRules,
  type NumberRules,
  type ObjectRules,
  type Rules,
  type StringRules,
  TYPE_BITS,
} from "./rules.ts";

/** Of a value this much is shown in a message. */
const MAX_SHOWN = 60;

/** To read a number and hold it against its bounds. */
const NUMBER_STEPS = 3;

/** Arithmetic with all digits of a number. */
const EXACT_STEPS = 50;

/** To note that a member or element was spoken of. */
const NOTE_STEPS = 5;

const NOTHING = new Set<string>();

/** A value's type by the code of its first character; others begin numbers. */
const TYPE_OF_FIRST: (number | undefined)[] = [];
for (const [first, type] of Object.entries({
  "{": TYPE_BITS.object,
  "[": TYPE_BITS.array,
  '"': TYPE_BITS.string,
  t: TYPE_BITS.boolean,
  f: TYPE_BITS.boolean,
  n: TYPE_BITS.null,
})) {
  TYPE_OF_FIRST[first.charCodeAt(0)] = type;
}

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
    const type = this.#typeOf(at);
    // Of another type it can keep none of the other rules: one problem is enough.
    if (rules.types !== 0 && !this.#isOfType(rules.types, type, at)) {
      return this.#problem(tells, () => `must be ${namesOf(rules.types)}, not ${this.#shown(at)}`);
    }
    const asks = rules.unevaluatedProperties !== null || rules.unevaluatedItems !== null;
    const seen = asks ? new Evaluated() : evaluated;
    let holds = true;
    for (const choices of rules.choices) {
      if (isChosen(choices, this.#tape, at, this.#budget)) continue;
      holds = this.#problem(tells, () => `must be ${choices.shown}, not ${this.#shown(at)}`);
    }
    if (!holds && !tells) return false;
    if (type === TYPE_BITS.number && rules.number !== null)
      holds = this.#number(rules.number, at, tells) && holds;
    if (type === TYPE_BITS.string && rules.string !== null)
      holds = this.#string(rules.string, at, tells) && holds;
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
      ? `be ${namesOf(types)}, not ${this.#shown(at)}`
      : "fit one of the schemas offered";
    return this.#problem(true, `must ${wanted}`);
  }

  #isMeantFor(rules: Rules, at: number): boolean {
    return !rules.never && (rules.types === 0 || this.#isOfType(rules.types, this.#typeOf(at), at));
  }

  #number(rules: NumberRules, at: number, tells: boolean): boolean {
    const literal = this.#tape.raw(at);
    this.#budget.spend(NUMBER_STEPS);
    this.#budget.spendCharacters(literal.length);
    if (literal.length > SAFE_LENGTH) this.#budget.spend(EXACT_STEPS);
    const { minimum, maximum, above, below, multipleOf } = rules;
    const fails = (message: string) =>
      this.#problem(tells, () => `must be ${message}, not ${shortened(literal)}`);
    const value = worthOf(literal);
    if (value < minimum) return fails(`at least ${minimum}`);
    if (value > maximum) return fails(`at most ${maximum}`);
    if (above !== null && value <= above) return fails(`above ${above}`);
    if (below !== null && value >= below) return fails(`below ${below}`);
    if (multipleOf === null) return true;
    this.#budget.spend(EXACT_STEPS);
    return isMultiple(literal, multipleOf) || fails(`a multiple of ${multipleOf}`);
  }

  #string({ minLength, maxLength, format }: StringRules, at: number, tells: boolean): boolean {
    const written = this.#tape.end(at) - this.#tape.start(at) - 2;
    if (minLength > 0 || maxLength < written) {
      this.#budget.spend(written);
      const length = this.#lengthOf(at);
      const fails = (message: string) => this.#problem(tells, `${message} characters, and has ${length}`);
      if (length < minLength) return fails(`must have at least ${minLength}`);
      if (length > maxLength) return fails(`must not have more than ${maxLength}`);
    }
    if (format === null) return true;
    // An escape is six characters for one at most.
    const isShort = written <= 6 * maxLengthOf(format);
    if (isShort) this.#budget.spend(written);
    if (isShort && isOfFormat(this.#tape.string(at), format)) return true;
    return this.#problem(tells, () => `must be of the format ${format}, not ${this.#shown(at)}`);
  }

  /** Characters (code points) of a string. */
  #lengthOf(at: number): number {
    let length = 0;
    for (const _ of this.#tape.string(at)) length++;
    return length;
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

  /** The value's type as a bit; a number is only ever `number` here. */
  #typeOf(at: number): number {
    return TYPE_OF_FIRST[this.#tape.first(at)] ?? TYPE_BITS.number;
  }

  #isOfType(types: number, type: number, at: number): boolean {
    if ((types & type) !== 0) return true;
    if (type !== TYPE_BITS.number || (types & TYPE_BITS.integer) === 0) return false;
    const literal = this.#tape.raw(at);
    this.#budget.spendCharacters(literal.length);
    return isInteger(literal);
  }

  /** The value in a message: as it is written, so that numbers keep their digits. */
  #shown(at: number): string {
    const type = this.#typeOf(at);
    if (type === TYPE_BITS.object) return "an object";
    if (type === TYPE_BITS.array) return "an array";
    const { text } = this.#tape;
    const [start, end] = [this.#tape.start(at), this.#tape.end(at)];
    return end - start <= MAX_SHOWN ? text.slice(start, end) : `${text.slice(start, start + MAX_SHOWN)}…`;
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

function namesOf(types: number): string {
  const names = Object.entries(TYPE_BITS).filter(([, bit]) => (types & bit) !== 0);
  return names.map(([name]) => name).join(" or ");
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
