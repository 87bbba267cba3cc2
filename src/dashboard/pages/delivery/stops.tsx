import type { DeliveryWithAttempts, Endpoint } from "../../../sdk/client/index.ts";
import type { Stop } from "../../components/schedule/schedule.tsx";
import { ClockTime, Countdown } from "../../components/time/time.tsx";
import { durationText, latencyText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.delivery;

/** How many attempts a delivery has at the most. */
export function mostAttempts(endpoint: Endpoint, delivery: DeliveryWithAttempts): number {
  return Math.max(endpoint.retry.delays.length + 1, delivery.attempt_count);
}

/** The schedule of a delivery: what is on record, what is to come by the endpoint's policy as it is now. */
export function stopsOf(
  delivery: DeliveryWithAttempts,
  endpoint: Endpoint | undefined,
  isBehind: boolean,
): Stop[] {
  const { attempts, status, next_attempt_at: nextAt } = delivery;
  const made = attempts.map((attempt, index): Stop => {
    const next = attempts[index + 1];
    const wait =
      next === undefined ? null : (Date.parse(next.started_at) - Date.parse(attempt.started_at)) / 1000;
    const isLast = index === attempts.length - 1;
    const isOver = status !== "pending";
    return {
      key: attempt.number,
      title: t.attempt(attempt.number),
      state: attempt.outcome === "success" ? "delivered" : "dead",
      isMade: true,
      isLast,
      isCurrent: isLast && isOver,
      gap: wait === null ? (isOver ? null : delayText(endpoint, attempt.number)) : durationText(wait),
      result: `${attempt.response?.status ?? text.attemptErrors[attempt.error ?? ""]?.short ?? ""}, ${latencyText(attempt.duration_ms)}`,
      time: <ClockTime at={attempt.started_at} />,
    };
  });
  if (status !== "pending" || endpoint === undefined) return made;
  const isHeld = isBehind || endpoint.status !== "enabled" || nextAt === null;
  let at = nextAt === null ? null : Date.parse(nextAt);
  const toCome: Stop[] = [];
  for (let number = delivery.attempt_count + 1; number <= mostAttempts(endpoint, delivery); number++) {
    const isNext = number === delivery.attempt_count + 1;
    toCome.push({
      key: number,
      title: t.attempt(number),
      state: isNext && number > 1 ? "retrying" : "pending",
      isMade: false,
      isLast: false,
      isCurrent: isNext,
      gap: number < mostAttempts(endpoint, delivery) ? delayText(endpoint, number) : null,
      result: !isNext ? t.toCome : isHeld || nextAt === null ? <b>{t.waits}</b> : <Countdown to={nextAt} />,
      time: isHeld || at === null ? "" : <ClockTime at={new Date(at).toISOString()} />,
    });
    if (at !== null) at += (endpoint.retry.delays[number - 1] ?? 0) * 1000;
  }
  return [...made, ...toCome];
}

function delayText(endpoint: Endpoint | undefined, number: number): string | null {
  const delay = endpoint?.retry.delays[number - 1];
  return delay === undefined ? null : durationText(delay);
}
