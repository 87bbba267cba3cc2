import { get } from "./node-http.ts";
import type { ProcessState } from "./runtime-process.ts";

/** How often workerd is asked for its health, and how long it has to answer. */
const CHECK_MS = 5000;

/** So many checks in a row without an answer, 15 s, and workerd is ended. One can be missed while the machine sleeps. */
const MISSED_CHECKS = 3;

/**
 * A workerd that answers others meanwhile has more to do than the machine lets it do: to end it would lose what it has
 * done. It gets 60 s, since it could also be one that serves the connections it has and takes no other.
 */
const MISSED_CHECKS_WHILE_BUSY = 12;

/**
 * One that waits for the processor has not had the time to answer: to end it would have the next one start on a machine that
 * leaves it no more. It gets five minutes.
 */
const MISSED_CHECKS_WHILE_STARVED = 60;

/** Who had the processor for this part of a check had the time to answer it; for this part of three, to answer anything. */
const ENOUGH_OF_A_CHECK = 0.5;

/** What the watchdog asks of workerd. */
export interface Watched {
  /** Where it listens; null while it is being started. */
  url(): string | null;
  /** When it last sent a byte to anybody else, as of `performance.now()`. */
  answeredAt(): number;
  /** How it does as a process; null = the system does not tell. */
  process(): ProcessState | null;
  /** Ends it. */
  end(): Promise<void>;
}

/**
 * Watches over a workerd that lives but does not answer (no file to open, a loop): after 15 s without an answer from
 * `/health`, or 60 s where it answers others meanwhile, or five minutes where other work of the machine leaves it no time, it is
 * ended, and who sees it end starts another. Returns how to stop watching.
 * @param checkMs for tests: how long a check takes
 */
export function watchRuntime(watched: Watched, checkMs = CHECK_MS): () => void {
  let missed = 0;
  let silent = 0;
  let starved = 0;
  /** What it had of the processor in checks in which it was starved, and answered nobody. */
  let spentMs = 0;
  let lastCpuMs = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  /** How long it had the processor since the last check, if it wanted more than it got; otherwise null. */
  const starvedOn = (): number | null => {
    const { isRunnable = false, cpuMs = 0 } = watched.process() ?? {};
    const usedMs = cpuMs < lastCpuMs ? cpuMs : cpuMs - lastCpuMs;
    lastCpuMs = cpuMs;
    return isRunnable && usedMs < ENOUGH_OF_A_CHECK * checkMs ? usedMs : null;
  };
  const check = async (): Promise<void> => {
    const startedAt = performance.now();
    const url = watched.url();
    const hasAnswered = url !== null && (await answers(url, checkMs));
    const usedMs = starvedOn();
    const hasAnsweredOthers = watched.answeredAt() >= startedAt;
    if (hasAnswered) [missed, silent, starved, spentMs] = [0, 0, 0, 0];
    else if (usedMs !== null) {
      starved++;
      spentMs = hasAnsweredOthers ? 0 : spentMs + usedMs;
    } else {
      missed++;
      silent = hasAnsweredOthers ? 0 : silent + 1;
    }
    if (isStopped) return;
    const isOver =
      silent >= MISSED_CHECKS ||
      missed >= MISSED_CHECKS_WHILE_BUSY ||
      starved >= MISSED_CHECKS_WHILE_STARVED ||
      spentMs >= MISSED_CHECKS * ENOUGH_OF_A_CHECK * checkMs;
    if (isOver) {
      const seconds = ((missed + starved) * checkMs) / 1000;
      console.error(`workerd has not answered for ${seconds} s: it is ended and started again.`);
      [missed, silent, starved, spentMs] = [0, 0, 0, 0];
      await watched.end().catch((error) => console.error("workerd could not be ended:", error));
      if (isStopped) return;
    }
    timer = setTimeout(check, Math.max(0, startedAt + checkMs - performance.now()));
    timer.unref();
  };
  timer = setTimeout(check, checkMs);
  timer.unref();
  return () => {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}

/** Whether workerd answers within so many milliseconds, on a connection of its own. */
function answers(url: string, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { agent: false }, (response) => {
      response.resume();
      // Whatever it says: it answers.
      resolve(true);
    });
    request.once("error", () => resolve(false));
    const miss = () => {
      request.destroy();
      resolve(false);
    };
    // Where it was this process that was held up, the answer may be there already: it is read before the next immediate.
    setTimeout(() => setImmediate(miss), limitMs).unref();
  });
}
