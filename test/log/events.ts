import type { LoggedEvent, NewEvent } from "../../src/domain/event.ts";
import { acceptedAt, positionAt, ulid } from "../../src/domain/ids.ts";
import type { AcceptedEvent, AppendAnswer } from "../../src/domain/messages.ts";
import { platform } from "../../src/platform.ts";

/* Events for tests of the log. Nothing here needs workerd: whoever takes these alone runs in Node. */

export const HOUR_MS = 3600 * 1000;
export const DAY_MS = 24 * HOUR_MS;

/** An event as the Worker passes it on; only type and data were sent. */
export function newEvent(given: Partial<NewEvent> = {}): NewEvent {
  const { sent, ...fields } = given;
  return {
    type: "deal.created",
    apiVersion: "2026-01-15",
    tags: [],
    context: {},
    data: '{"n":1}',
    ...fields,
    sent: { created: false, apiVersion: false, tags: false, context: false, ...sent },
  };
}

/** A publisher's own id of a time. */
export function ownId(timeMs: number = Date.now()): string {
  return `evt_${ulid(timeMs, platform)}`;
}

/** An event as the log keeps it, the n-th of a time. */
export function loggedEvent(n: number, given: Partial<LoggedEvent> = {}): LoggedEvent {
  const position = positionAt(Date.UTC(2026, 2, 1)) + n;
  return {
    position,
    id: `evt_${String(n).padStart(26, "0")}`,
    type: "deal.created",
    created: acceptedAt(position) / 1000,
    apiVersion: "2026-01-15",
    tags: [],
    context: {},
    acceptedAt: acceptedAt(position),
    data: `{"n":${n}}`,
    sent: { created: false, apiVersion: false, tags: false, context: false },
    endpoints: [],
    missed: [],
    ...given,
  };
}

/** The accepted events, or the refusal as an error. */
export function accepted(answer: AppendAnswer): AcceptedEvent[] {
  if (answer.outcome !== "accepted") throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return answer.events;
}

/** A text of so many characters. */
export function filler(length: number): string {
  return "x".repeat(length);
}

/** A list of endpoint numbers that counts how often one of them is read. */
export function countedList(numbers: number[]): { list: readonly number[]; reads(): number } {
  let reads = 0;
  const list = new Proxy(numbers, {
    get: (target, key) => {
      if (typeof key === "string" && /^\d+$/.test(key)) reads++;
      return Reflect.get(target, key);
    },
  });
  return { list, reads: () => reads };
}
