import { freshSample } from "../catalog/fresh-sample.ts";
import { catalogue } from "../catalog/index.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { defaultOptions } from "../dialects/options.ts";
import type { Event } from "../domain/event.ts";
import { ulid } from "../domain/ids.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import { platform } from "../platform.ts";
import { findSample } from "./store.ts";

/* What a type's sample looks like over the wire. */

const EVENT_ID = "evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8";
const ENDPOINT_ID = "ep_01KAGW9ZQ8N3V5XTB2C4D6E7F8";
const ATTEMPT_ID = "0c0ffee0-0000-4000-8000-000000000000";

/** Secrets that nobody has: the first one of the dialect's form is shown with a sample. */
const PLACEHOLDERS = [`whsec_${"0".repeat(43)}=`, "00000000-0000-4000-8000-000000000000"];

/**
 * The type whose sample an endpoint is tested with: the first that it names itself; with patterns alone one of its own
 * contract that they take, or any that they take.
 */
export function sampleTypeFor(dialect: string, patterns: readonly string[]): string {
  const named = patterns.find((pattern) => !pattern.endsWith("*"));
  const taken = catalogue.filter(({ type }) => patterns.some((pattern) => typeMatches(pattern, type)));
  const own = taken.find(({ contracts }) => contracts.includes(dialect));
  return named ?? own?.type ?? taken[0]?.type ?? "deal.created";
}

/**
 * A type's sample as an event that is in no log; the workspace's own sample comes before the catalog's, which is taken
 * as the dialect's contract has it.
 */
export async function sampleEventOf(
  db: D1Database,
  workspaceId: string,
  type: string,
  dialect: string,
  more: { id?: string; apiVersion: string; nowMs: number },
): Promise<Event> {
  const data = await findSample(db, workspaceId, type, dialect);
  return {
    position: 0,
    id: more.id ?? EVENT_ID,
    type,
    created: Math.floor(more.nowMs / 1000),
    apiVersion: more.apiVersion,
    tags: [],
    context: {},
    acceptedAt: more.nowMs,
    data: JSON.stringify(data),
  };
}

/** An event to test an endpoint with: a type's sample, with ids that no receiver has seen. */
export async function testEventOf(
  db: D1Database,
  workspaceId: string,
  type: string,
  dialect: string,
  apiVersion: string,
): Promise<Event> {
  const nowMs = platform.nowMs();
  const more = { id: `evt_${ulid(nowMs, platform)}`, apiVersion, nowMs };
  const event = await sampleEventOf(db, workspaceId, type, dialect, more);
  return { ...event, data: JSON.stringify(freshSample(JSON.parse(event.data), platform)) };
}

/**
 * The request that a dialect makes of an event, signed with a placeholder where the dialect signs.
 * @param options those of an endpoint; absent ones are the dialect's
 */
export function sampleRequestOf(
  dialect: Dialect,
  options: Readonly<Record<string, string>>,
  event: Event,
  workspaceId: string,
) {
  const secret = placeholderOf(dialect);
  const delivery = {
    event,
    workspaceId,
    endpointId: ENDPOINT_ID,
    sequence: 1,
    attempt: 1,
    isReplay: false,
    firedAt: event.acceptedAt,
    attemptId: ATTEMPT_ID,
  };
  const secrets = secret === null ? [] : [secret];
  const { headers, body } = dialect.build(delivery, {
    secrets,
    nowMs: event.acceptedAt,
    options: { ...defaultOptions(dialect), ...options },
  });
  return { method: "POST" as const, headers, body, secret };
}

function placeholderOf({ secret }: Dialect): string | null {
  if (secret.presence === "never") return null;
  return (
    PLACEHOLDERS.find((placeholder) => secret.problem(placeholder) === null) ?? secret.generate(platform)
  );
}
