import type { Context } from "hono";
import type { CheckResult, DataCheck } from "../catalog/json-schema/index.ts";
import type { NewEvent } from "../domain/event.ts";
import { type FieldError, invalid } from "../errors.ts";
import { MAX_ERRORS, pathText } from "./body.ts";
import type { ApiEnv } from "./context.ts";
import { errorsAt } from "./event-type-rules.ts";
import type { TypeOwner } from "./event-type-store.ts";
import { knownTypes } from "./known-types.ts";
import { inTurn, SMALL_BYTES } from "./large-work.ts";

/*
 * Publishing to a workspace with `validate_events`: an event of an unknown type, or whose data does not fit its type's
 * schema, is refused. Each event costs at most what `catalog/json-schema` allows; a batch gives the thread back between
 * its events, and has a budget for all of them.
 */

/** Types that are looked up, and their checks made, at once: up to 2 ms each. */
const TYPES_AT_ONCE = 8;

/** Steps of checks, and characters of data, until others get their turn: about 10 ms. */
const TURN_STEPS = 500_000;

/** Steps of all checks of one request: about 100 ms. */
const REQUEST_STEPS = 5_000_000;

const EVENT_TOO_COSTLY =
  "takes too long to check by the schema of its type: send less data in one event, or let the schema ask less of each value";

/** Throws 422 with what is wrong with each event's type and data. `list` names the batch's member, null = one event. */
export async function checkEvents(
  c: Context<ApiEnv>,
  owner: TypeOwner,
  events: readonly NewEvent[],
  list: string | null,
): Promise<void> {
  const byType = Map.groupBy(events.entries(), ([, { type }]) => type);
  const types = [...byType.keys()];
  const work = new Work();
  const wrong: { index: number; errors: FieldError[] }[] = [];
  let count = 0;
  for (let first = 0; first < types.length; first += TYPES_AT_ONCE) {
    const some = types.slice(first, first + TYPES_AT_ONCE);
    const known = await knownTypes(c, owner, some);
    for (const [index, event] of some.flatMap((type) => byType.get(type) ?? [])) {
      const place = list === null ? [] : [list, index];
      const type = known.get(event.type);
      const errors = !type?.exists
        ? [{ path: pathText([...place, "type"]), message: "is not one of the workspace's event types" }]
        : type.check === null
          ? []
          : problemsOf(await resultOf(type.check, event.data), pathText([...place, "data"]), work);
      if (errors.length > 0) wrong.push({ index, errors });
      count += errors.length;
      if (count >= MAX_ERRORS) throw invalid(inOrder(wrong));
      await work.pause(event.data.length);
      if (work.steps > REQUEST_STEPS) {
        const message = "take too long to check together: send fewer in one batch";
        throw invalid([...inOrder(wrong), { path: list ?? "data", message }]);
      }
    }
  }
  if (wrong.length > 0) throw invalid(inOrder(wrong));
}

/** A check of much data waits for its turn. */
function resultOf(check: DataCheck, data: string): Promise<CheckResult> | CheckResult {
  return data.length > SMALL_BYTES ? inTurn(data.length, () => check(data)) : check(data);
}

function problemsOf({ problems, isTooCostly, steps }: CheckResult, path: string, work: Work): FieldError[] {
  work.steps += steps;
  return [...errorsAt(path, problems), ...(isTooCostly ? [{ path, message: EVENT_TOO_COSTLY }] : [])];
}

/** By the events' places: they were checked type by type. */
function inOrder(wrong: { index: number; errors: FieldError[] }[]): FieldError[] {
  return wrong.sort((a, b) => a.index - b.index).flatMap(({ errors }) => errors);
}

/** What a request has spent, and when it gives the thread back. */
class Work {
  /** Steps of all checks. */
  steps = 0;
  #characters = 0;
  #nextPause = TURN_STEPS;

  /** Lets others have their turn if this one has lasted long enough; `characters` are those just read. */
  async pause(characters: number): Promise<void> {
    this.#characters += characters;
    const spent = this.steps + this.#characters;
    if (spent < this.#nextPause) return;
    this.#nextPause = spent + TURN_STEPS;
    await new Promise((resume) => setTimeout(resume, 0));
  }
}
