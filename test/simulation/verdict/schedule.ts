import type { PlayedEndpoint } from "../model.ts";
import type { Settings } from "../planned-endpoint.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import type { Violation } from "./violation.ts";

/** Times are whole milliseconds in the service. */
const ROUNDING_MS = 2;

/** Without faults an attempt that is due, with nothing before it, starts within this: commits and calls take their time. */
const PROMPT_MS = 1500;

/** As many attempts as the schedule says, each at its time, none while the receiver asked for a pause. */
export function scheduleViolations(play: Play): Violation[] {
  const found: string[] = [];
  const isClockSet = play.plan.actions.some(({ kind }) => kind === "clock");
  for (const endpoint of play.all) {
    if (endpoint.hasNoSequence) continue;
    const { arrivals, neverLeft } = play.service.receivers;
    const isMine = (one: Arrival) => one.endpoint === endpoint.id && (one.sequence ?? 0) > 0;
    const mine = arrivals.filter(isMine);
    found.push(...tooMany(endpoint, mine));
    if (isClockSet) continue;
    // One that waited for a slow disk until its time was over is on record, too.
    for (const attempts of bySequence([...mine, ...neverLeft.filter(isMine)]).values())
      found.push(...wrongTimes(endpoint, attempts, play.plan.isCalm));
    found.push(...inHold(endpoint, mine));
  }
  return found.map((text) => ({ kind: "schedule", text }));
}

function bySequence(arrivals: readonly Arrival[]): Map<number, Arrival[]> {
  const map = new Map<number, Arrival[]>();
  for (const arrival of [...arrivals].sort((a, b) => a.sentAt - b.sentAt)) {
    const sequence = arrival.sequence ?? 0;
    map.set(sequence, [...(map.get(sequence) ?? []), arrival]);
  }
  return map;
}

function tooMany(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  if (endpoint.during("on_dead_letter", 0, Number.POSITIVE_INFINITY).includes("pause")) return [];
  const schedules = endpoint.during("retry", 0, Number.POSITIVE_INFINITY);
  const most = Math.max(...schedules.map((retry) => (retry?.delays.length ?? 0) + 1));
  return arrivals
    .filter(({ attempt }) => (attempt ?? 0) > most)
    .map(
      ({ sequence, attempt }) =>
        `endpoint ${endpoint.number}: sequence ${sequence} had attempt ${attempt} of ${most}`,
    );
}

/**
 * The attempt that one follows, as it is on record. A life that goes on for a moment beside the next one may make it once more,
 * whose record is lost: of lives that made the same attempt, each but the last knew nothing of a record, and left none.
 */
function onRecordBefore(attempts: readonly Arrival[], index: number): Arrival | undefined {
  const next = attempts[index];
  const same = attempts
    .slice(0, index)
    .filter(({ attempt, life }) => attempt === (next?.attempt ?? 0) - 1 && life <= (next?.life ?? 0))
    // What was lost with its sender left none, either.
    .filter(({ errand }) => (errand?.lostAt ?? null) === null);
  const lastLife = Math.max(...same.map(({ life }) => life));
  return same.findLast(({ life }) => life === lastLife);
}

function wrongTimes(endpoint: PlayedEndpoint, attempts: readonly Arrival[], isCalm: boolean): string[] {
  const found: string[] = [];
  for (const [index, next] of attempts.entries()) {
    const before = onRecordBefore(attempts, index);
    if (!before || before.endedAt === null) continue;
    if (!endpoint.isUntouched(before.sentAt, next.sentAt)) continue;
    const delays = endpoint
      .during("retry", before.sentAt, next.sentAt)
      .flatMap((retry) => spanOf(retry, (before.attempt ?? 1) - 1));
    if (delays.length === 0) continue;
    const leastMs = Math.min(...delays.map((delay) => delay.leastMs));
    const mostMs = Math.max(...delays.map((delay) => delay.mostMs));
    const waitedMs = next.sentAt - before.endedAt;
    const told = `endpoint ${endpoint.number}: attempt ${next.attempt} of sequence ${next.sequence} came ${Math.round(waitedMs)} ms after the one before`;
    if (waitedMs < leastMs - ROUNDING_MS) found.push(`${told}, its delay is ${leastMs} ms at the least`);
    // Of an order the head alone is attempted: nothing but the gate can hold it up.
    const isHead =
      endpoint.isSurely("serialize", true) &&
      endpoint.isSurely("rate_limit", null, before.sentAt, next.sentAt);
    const isEnabled = endpoint.isSurely("status", "enabled", before.sentAt, next.sentAt);
    if (isCalm && isHead && isEnabled && waitedMs > Math.max(mostMs, before.holdMs) + PROMPT_MS)
      found.push(`${told}, its delay is ${mostMs} ms at the most`);
  }
  return found;
}

/** How long a delay of a schedule may be, its jitter in it; none = the schedule has no such delay. */
function spanOf(retry: Settings["retry"] | undefined, index: number): { leastMs: number; mostMs: number }[] {
  const delaySeconds = retry?.delays[index];
  if (retry === undefined || delaySeconds === undefined) return [];
  const [delayMs, jitter] = [delaySeconds * 1000, retry.jitter];
  return [{ leastMs: delayMs * (1 - jitter), mostMs: delayMs * (1 + jitter) }];
}

/** Nothing starts within a `Retry-After` hold, once its answer was read; a resume ends it. */
function inHold(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  const READ_MS = 50;
  return arrivals
    .filter(({ holdMs, endedAt, errand }) => holdMs > 0 && endedAt !== null && errand?.heardAt !== null)
    .flatMap((busy) => {
      const from = (busy.errand?.heardAt ?? busy.endedAt ?? 0) + READ_MS;
      const to = (busy.endedAt ?? 0) + busy.holdMs - ROUNDING_MS;
      if (!endpoint.isUntouched(busy.sentAt, to)) return [];
      return arrivals
        .filter(({ life }) => life === busy.life)
        .filter(({ errand, askedAt, sentAt }) => isBetween(errand === null ? sentAt : askedAt, from, to))
        .map(
          ({ sequence }) =>
            `endpoint ${endpoint.number}: sequence ${sequence} was sent while the receiver asked for a pause`,
        );
    });
}

function isBetween(at: number, from: number, to: number): boolean {
  return at > from && at < to;
}
