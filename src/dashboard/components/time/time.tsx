import { useSyncExternalStore } from "react";
import { countdownText } from "../../text/format.ts";

/** A moment as an age ("4 s") or a clock time; the time in UTC, with milliseconds, on hover and focus. */
export function Time({ at }: { at: string }) {
  const timeMs = Date.parse(at);
  // The text and not the moment: of the many times of a list only those are drawn anew that read differently.
  const age = useSyncExternalStore(everySecond, () => ageText(timeMs, Math.floor(Date.now() / 1000) * 1000));
  return (
    <time className="tip num" dateTime={at} data-tip={`${localText(timeMs)}\n${utcText(at)}`}>
      {age}
    </time>
  );
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", hourCycle: "h23", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  hourCycle: "h23",
  minute: "2-digit",
});
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ages up to an hour, then clock times. */
function ageText(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs;
  if (ageMs < -HOUR_MS) return clockText(timeMs, nowMs);
  if (ageMs < -MINUTE_MS) return `in ${Math.ceil(-ageMs / MINUTE_MS)} min`;
  if (ageMs < -1000) return `in ${Math.ceil(-ageMs / 1000)} s`;
  if (ageMs < MINUTE_MS) return `${Math.max(0, Math.floor(ageMs / 1000))} s`;
  return ageMs < HOUR_MS ? `${Math.floor(ageMs / MINUTE_MS)} min` : clockText(timeMs, nowMs);
}

/** "14:06" within a day, "27 Nov, 14:06" beyond it. */
export function clockText(timeMs: number, nowMs: number): string {
  return (Math.abs(nowMs - timeMs) < DAY_MS ? CLOCK : DAY).format(timeMs);
}

function localText(timeMs: number): string {
  return WHOLE.format(timeMs);
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** One timer for all times on the page, and none while there are none. */
function everySecond(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const one of listeners) one();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

const SECONDS = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  hourCycle: "h23",
  minute: "2-digit",
  second: "2-digit",
});
const DAY_SECONDS = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  hourCycle: "h23",
  minute: "2-digit",
});

/** A moment as a clock time, to the second within a day; in UTC on hover and focus. */
export function ClockTime({ at }: { at: string }) {
  const timeMs = Date.parse(at);
  const isNear = Math.abs(Date.now() - timeMs) < DAY_MS;
  return (
    <time className="tip num" dateTime={at} data-tip={`${localText(timeMs)}\n${utcText(at)}`}>
      {(isNear ? SECONDS : DAY_SECONDS).format(timeMs)}
    </time>
  );
}

/** How long it is until then, each second; not read out. */
export function Countdown({ to }: { to: string }) {
  const now = useSyncExternalStore(everySecond, () => Math.floor(Date.now() / 1000) * 1000);
  return (
    <b className="num" aria-live="off">
      {countdownText(Date.parse(to) - now)}
    </b>
  );
}

function utcText(at: string): string {
  return at.replace("T", " ").replace("Z", " UTC");
}
