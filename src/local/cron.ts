import { MINUTE_MS } from "../domain/durations.ts";
import { localRequest } from "./local-request.ts";
import { StartError } from "./start-error.ts";

const EVERY_MINUTE = "* * * * *";

/**
 * Triggers the Worker's scheduled handler at once (what fell due while nothing ran is not to wait) and then at each
 * full minute, as Cloudflare does: workerd has no clock for it. Returns how to stop. A run that takes longer than a
 * minute is not joined by another.
 * @param trigger where a request runs the handler, which is told the cron and the time as `cron` and `time`; null while
 *   that is not known
 */
export function startCron(trigger: () => URL | null, crons: string[]): () => void {
  const other = crons.find((cron) => cron !== EVERY_MINUTE);
  if (other !== undefined)
    throw new StartError(`wrangler.toml has the cron "${other}": only "${EVERY_MINUTE}" runs here.`);
  let timer: NodeJS.Timeout | null = null;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    const url = trigger();
    if (url !== null) await runOnce(url, stopping.signal);
    if (!stopping.signal.aborted) timer = setTimeout(run, MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  if (crons.length > 0) void run();
  return () => {
    stopping.abort();
    if (timer !== null) clearTimeout(timer);
  };
}

async function runOnce(url: URL, signal: AbortSignal): Promise<void> {
  url.searchParams.set("cron", EVERY_MINUTE);
  url.searchParams.set("time", String(Date.now()));
  try {
    const { status, text } = await localRequest(url, { signal });
    if (status !== 200) console.error("A cron run failed:", text);
  } catch (error) {
    if (!signal.aborted) console.error("A cron run failed:", error);
  }
}
