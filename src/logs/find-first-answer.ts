import { digestText } from "../content-digest.ts";
import type { NewEvent } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import type { AcceptedEvent, AppendAnswer } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { askLogs } from "./ask-logs.ts";

type FirstAnswer = Extract<AppendAnswer, { outcome: "key_conflict" | "accepted" | "conflict" }>;

/**
 * What a request was answered that comes again and could not be accepted any more, since its events go to several logs now; or that
 * one of its names was given to something else. Null = it is not known.
 */
export async function findFirstAnswer(
  env: Env,
  workspaceId: string,
  events: readonly NewEvent[],
  once: IdempotentRequest | undefined,
): Promise<FirstAnswer | null> {
  const named = events.flatMap((event, index) => {
    const id = event.id ?? event.ownId;
    return id === undefined ? [] : [{ index, id, type: event.type, digest: digestText(event) }];
  });
  if (once === undefined && named.length < events.length) return null;
  const known = await askLogs(env, workspaceId, (log) => log.findAccepted({ events: named, request: once }));
  const answers = new Map<number, AcceptedEvent>();
  for (const { events: found, request } of known) {
    if (request.outcome === "key_conflict") return request;
    if (request.outcome === "repeated" && request.answer.length === events.length)
      return { outcome: "accepted", events: request.answer, isRepeated: true };
    for (const [place, { index }] of named.entries()) {
      const first = found[place];
      if (first && !first.isSame) return { outcome: "conflict", index };
      if (first) answers.set(index, first.answer);
    }
  }
  if (answers.size < events.length) return null;
  return { outcome: "accepted", events: [...events.keys()].flatMap((index) => answers.get(index) ?? []) };
}
