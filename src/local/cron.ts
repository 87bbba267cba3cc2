import { MINUTE_MS } from "../domain/durations.ts";
import { StartError } from "./start-error.ts";

const EVERY_MINUTE = "* * * * *";

/** Where Miniflare's entry, on a port of its own, has the scheduled handler triggered. */
const TRIGGER = "/cdn-cgi/local/scheduled";

/**
 * Triggers the Worker's scheduled handler at once (what fell due while nothing ran is not to wait) and then at each
 * full minute, as Cloudflare does: Miniflare has no clock for it. Returns how to stop. A run that takes longer than
 * a minute is not joined by another. By a plain request: Miniflare's own call blocks this process for as long as
 * workerd does not answer.
 */
export function startCron(entry: URL, crons: string[]): () => void {
  const other = crons.find((cron) => cron !== EVERY_MINUTE);
  if (other !== undefined)
    throw new StartError(`wrangler.toml has the cron "${other}": only "${EVERY_MINUTE}" runs here.`);
  let timer: NodeJS.Timeout | null = null;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    const trigger = new URL(TRIGGER, entry);
    trigger.searchParams.set("cron", EVERY_MINUTE);
    trigger.searchParams.set("time", String(Date.now()));
    try {
      const response = await fetch(trigger, { signal: stopping.signal });
      const outcome = await response.text();
      if (!response.ok) console.error("A cron run failed:", outcome);
    } catch (error) {
      if (!stopping.signal.aborted) console.error("A cron run failed:", error);
    }
    if (!stopping.signal.aborted) timer = setTimeout(run, MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  if (crons.length > 0) void run();
  return () => {
    stopping.abort();
    if (timer !== null) clearTimeout(timer);
  };
}
