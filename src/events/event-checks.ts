import type { CheckResult, DataCheck } from "../catalog/json-schema/index.ts";
import { MAX_ERRORS, pathText } from "../contract/field-errors.ts";
import type { NewEvent } from "../domain/event.ts";
import { type FieldError, invalid } from "../errors.ts";
import { type KnownCheck, knownTypes, type TypeAsker } from "../event-types/known-types.ts";
import { errorsAt } from "../event-types/rules.ts";
import type { TypeOwner } from "../event-types/store.ts";
import { LargeWork } from "../http/large-work.ts";

/*
 * Publishing to a workspace with `validate_events`: an event of an unknown type, or whose data does not fit its type's
 * schema, is refused. Each event costs at most what `catalog/json-schema` allows, and a request has a budget for all of
 * its events. What takes longer than a millisecond goes on in the turns that all requests share.
 */

/** Types that are looked up at once. */
const TYPES_AT_ONCE = 8;

/** Steps of checks, and characters of data, that a request has without waiting for a turn: about 1 ms. */
const FREE_STEPS = 50_000;

/** What it takes to make a check, for each character of its schema: up to 50 ns. */
const STEPS_PER_SCHEMA_CHARACTER = 3;

/** Steps of one turn, unless one event takes more: about 2 ms. */
const TURN_STEPS = 100_000;

/** Steps of all checks of one request: about 100 ms. */
const REQUEST_STEPS = 5_000_000;

const EVENT_TOO_COSTLY =
  "takes too long to check by the schema of its type: send less data in one event, or let the schema ask less of each value";

/** Throws 422 with what is wrong with each event's type and data. `list` names the batch's member, null = one event. */
export async function checkEvents(
  asker: TypeAsker,
  owner: TypeOwner,
  events: readonly NewEvent[],
  list: string | null,
): Promise<void> {
  const byType = Map.groupBy(events.entries(), ([, { type }]) => type);
  const types = [...byType.keys()];
  const work = new CheckWork(owner.workspaceId);
  const wrong: { index: number; errors: FieldError[] }[] = [];
  let count = 0;
  try {
    for (let first = 0; first < types.length; first += TYPES_AT_ONCE) {
      const some = types.slice(first, first + TYPES_AT_ONCE);
      work.endTurn();
      const known = await knownTypes(asker, owner, some);
      for (const [index, event] of some.flatMap((type) => byType.get(type) ?? [])) {
        const place = list === null ? [] : [list, index];
        const type = known.get(event.type);
        const errors = !type?.exists
          ? [{ path: pathText([...place, "type"]), message: "is not one of the workspace's event types" }]
          : type.check === null
            ? []
            : problemsOf(await work.resultOf(type.check, event.data), pathText([...place, "data"]));
        if (errors.length > 0) wrong.push({ index, errors });
        count += errors.length;
        if (count >= MAX_ERRORS) throw invalid(inOrder(wrong));
        if (work.steps > REQUEST_STEPS) {
          const message = "take too long to check together: send fewer in one batch";
          throw invalid([...inOrder(wrong), { path: list ?? "data", message }]);
        }
      }
    }
  } finally {
    work.endTurn();
  }
  if (wrong.length > 0) throw invalid(inOrder(wrong));
}

function problemsOf({ problems, isTooCostly }: CheckResult, path: string): FieldError[] {
  return [...errorsAt(path, problems), ...(isTooCostly ? [{ path, message: EVENT_TOO_COSTLY }] : [])];
}

/** By the events' places: they were checked type by type. */
function inOrder(wrong: { index: number; errors: FieldError[] }[]): FieldError[] {
  return wrong.sort((a, b) => a.index - b.index).flatMap(({ errors }) => errors);
}

/** What a request has spent on checks: a little at once, all else in turns. */
class CheckWork {
  /** Steps of all checks. */
  steps = 0;
  /** What is left of that which needs no turn; characters count like steps. */
  #free = FREE_STEPS;
  readonly #work: LargeWork;
  /** Steps and characters of the turn that was begun; null = none. */
  #sinceTurn: number | null = null;

  constructor(workspaceId: string) {
    this.#work = new LargeWork(workspaceId);
  }

  async resultOf(known: KnownCheck, data: string): Promise<CheckResult> {
    const check = known.made ?? (await this.#make(known));
    // How much a check takes is known afterwards: it is tried with what is free, and begins anew in a turn if that is too little.
    const tried = this.#freeResultOf(check, data);
    if (tried !== null) return tried;
    await this.#beginTurn();
    const result = check(data);
    this.steps += result.steps;
    this.#countSteps(result.steps + data.length);
    return result;
  }

  /** Ends the turn, if one was begun: before anything is waited for. */
  endTurn(): void {
    this.#work.end();
    this.#sinceTurn = null;
  }

  async #make(known: KnownCheck): Promise<DataCheck> {
    const steps = known.characters * STEPS_PER_SCHEMA_CHARACTER;
    if (steps <= this.#free) {
      this.#free -= steps;
      return known.make();
    }
    await this.#beginTurn();
    this.#countSteps(steps);
    return known.make();
  }

  /** Begins a turn, unless one was begun that has room left. */
  async #beginTurn(): Promise<void> {
    if (this.#sinceTurn !== null && this.#sinceTurn < TURN_STEPS) return;
    await this.#work.beginPiece();
    this.#sinceTurn = 0;
  }

  /** In the turn that was begun. */
  #countSteps(steps: number): void {
    this.#sinceTurn = (this.#sinceTurn ?? 0) + steps;
    this.#work.countSteps(steps);
  }

  /** Null = there is not enough left for it. */
  #freeResultOf(check: DataCheck, data: string): CheckResult | null {
    const most = this.#free - data.length;
    if (most <= 0) {
      this.#free = 0;
      return null;
    }
    const result = check(data, most);
    this.steps += result.steps;
    this.#free = result.isTooCostly ? 0 : most - result.steps;
    return result.isTooCostly ? null : result;
  }
}
