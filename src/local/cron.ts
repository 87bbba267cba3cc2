import type { Miniflare } from "miniflare";
import { StartError } from "./start-error.ts";

const MINUTE_MS = 60_000;
const EVERY_MINUTE = "* * * * *";

/**
 * Triggers the Worker's scheduled handler at once (what fell due while nothing ran is not to wait) and then at each
 * full minute, as Cloudflare does: Miniflare has no clock for it. Returns how to stop. A run that takes longer than
 * a minute is not joined by another.
 */
export function startCron(miniflare: Miniflare, crons: string[]): () => void {
  const other = crons.find((cron) => cron !== EVERY_MINUTE);
  if (other !== undefined)
    throw new StartError(`wrangler.toml has the cron "${other}": only "${EVERY_MINUTE}" runs here.`);
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const run = async (): Promise<void> => {
    try {
      const worker = await miniflare.getWorker();
      if (!stopped) await worker.scheduled({ cron: EVERY_MINUTE, scheduledTime: new Date() });
    } catch (error) {
      if (!stopped) console.error("A cron run failed:", error);
    }
    if (!stopped) timer = setTimeout(run, MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  if (crons.length > 0) void run();
  return () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
