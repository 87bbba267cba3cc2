import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Subscription } from "../../src/domain/endpoint.ts";
import type { NewEvent } from "../../src/domain/event.ts";
import { ulid } from "../../src/domain/ids.ts";
import type { AcceptedEvent, EventQuery, FoundEvent } from "../../src/domain/messages.ts";
import type { EventLog } from "../../src/log/event-log.ts";
import { platform } from "../../src/platform.ts";
import { accepted, newEvent } from "./events.ts";

/** A log of its own. Its endpoints exist nowhere else: what is handed over to them is answered with `gone`. */
export function newLog(): DurableObjectStub<EventLog> {
  return env.EVENT_LOG.getByName(`ws_${ulid(Date.now(), platform)}`);
}

/** Publishes one request. */
export async function publish(
  log: DurableObjectStub<EventLog>,
  ...events: Partial<NewEvent>[]
): Promise<AcceptedEvent[]> {
  return accepted(await log.append({ events: events.map(newEvent) }));
}

export async function found(log: DurableObjectStub<EventLog>, id: string): Promise<FoundEvent> {
  const answer = await log.findEvent(id);
  if (answer.outcome !== "found") throw new Error(`${id} is ${answer.outcome}`);
  return answer;
}

/** Has the log take an endpoint's subscription. */
export async function subscribe(
  log: DurableObjectStub<EventLog>,
  endpointId: string,
  given: Partial<Subscription> = {},
  more: { version?: number; disabled?: boolean } = {},
): Promise<void> {
  const subscription = { types: ["*"], stages: [], tags: [], context: {}, filter: null, ...given };
  await log.subscribe({ endpointId, version: 1, disabled: false, subscription, ...more });
}

/** All pages of a list, one after the other: ids, newest first. */
export async function listedIds(
  log: DurableObjectStub<EventLog>,
  query: Partial<EventQuery> = {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await log.listEvents({ limit: 100, ...query, cursor });
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** A single number from the log's own tables. */
export function count(log: DurableObjectStub<EventLog>, query: string): Promise<number> {
  return runInDurableObject(log, (_instance, { storage }) =>
    Number(Object.values(storage.sql.exec(query).one())[0]),
  );
}

export function alarmOf(log: DurableObjectStub<EventLog>): Promise<number | null> {
  return runInDurableObject(log, (_instance, { storage }) => storage.getAlarm());
}

/** Ends the object's life; the next call meets a new one on the same storage. */
export async function restart(log: DurableObjectStub<EventLog>): Promise<void> {
  await evictDurableObject(log);
}
