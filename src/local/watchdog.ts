import { get } from "./node-http.ts";

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
 * Watches over a workerd that lives but does not answer (no file to open, a loop): after 15 s without an answer from
 * `/health`, or 60 s where it answers others meanwhile, it is ended, and who sees it end starts another.
 * Returns how to stop watching.
 * @param url where workerd listens; null while it is being started
 * @param answeredAt when it last sent a byte to anybody else, as of `performance.now()`
 * @param end ends workerd
 * @param checkMs for tests: how long a check takes
 */
export function watchRuntime(
  url: () => string | null,
  answeredAt: () => number,
  end: () => Promise<void>,
  checkMs = CHECK_MS,
): () => void {
  let missed = 0;
  let silent = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  const check = async (): Promise<void> => {
    const startedAt = performance.now();
    const asked = url();
    missed = asked !== null && (await answers(asked, checkMs)) ? 0 : missed + 1;
    silent = missed === 0 || answeredAt() >= startedAt ? 0 : silent + 1;
    if (isStopped) return;
    if (silent >= MISSED_CHECKS || missed >= MISSED_CHECKS_WHILE_BUSY) {
      console.error(
        `workerd has not answered for ${(missed * checkMs) / 1000} s: it is ended and started again.`,
      );
      missed = 0;
      silent = 0;
      await end().catch((error) => console.error("workerd could not be ended:", error));
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
