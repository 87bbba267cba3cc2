import { platform } from "../platform.ts";
import type { Atlas, NewReplay, NewReplayJob, RequestOptions } from "../sdk/client/index.ts";

/** Which events go again, and to whom. */
export interface Selection {
  /** None = all that are enabled. */
  endpoints: readonly string[];
  /** None = those that the rest selects. */
  events: readonly string[];
  select: Omit<NewReplay, "endpoint_ids" | "dry_run">;
}

/** A replay as it goes on, whether of one endpoint or of several. */
export interface Progress {
  id: string;
  /** Null = it is over several endpoints. */
  endpoint: string | null;
  state: string;
  /** Null until it is counted. */
  total: number | null;
  done: number;
  error: string | null;
  preview: {
    sample: { id: string; event_id: string; type: string; accepted_at: string | null; endpoint_id: string }[];
    estimated_seconds: number;
  } | null;
}

/** How often it is asked how far a replay is. */
const ASK_AGAIN_MS = 250;

/** Starts a replay: of one endpoint as its own job, otherwise as one over several. */
export async function startReplay(
  atlas: Atlas,
  selection: Selection,
  isDryRun: boolean,
  options?: RequestOptions,
): Promise<Progress> {
  const [endpoint, ...others] = selection.endpoints;
  const { select, events } = selection;
  if (endpoint !== undefined && others.length === 0) {
    const body = { ...select, dry_run: isDryRun, ...(events.length > 0 ? { event_ids: [...events] } : {}) };
    return progressOf(await atlas.endpoints.createReplay(endpoint, body as NewReplayJob, options));
  }
  const endpointIds = selection.endpoints.length > 0 ? { endpoint_ids: [...selection.endpoints] } : {};
  return progressOf(await atlas.replays.create({ ...select, ...endpointIds, dry_run: isDryRun }, options));
}

/** Follows a replay to its end, or to a time, Unix milliseconds, telling how far it is. */
export async function followReplay(
  atlas: Atlas,
  started: Progress,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Progress> {
  let progress = started;
  while (progress.state === "running" && platform.nowMs() < untilMs) {
    tell(progress);
    await pause(ASK_AGAIN_MS, signal);
    const { endpoint, id } = progress;
    progress = progressOf(
      endpoint === null ? await atlas.replays.get(id) : await atlas.endpoints.getReplay(endpoint, id),
    );
  }
  tell(progress);
  return progress;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const end = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = platform.after(milliseconds, () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    signal.addEventListener("abort", end, { once: true });
  });
}

function progressOf(job: {
  id: string;
  endpoint_id?: string;
  state: string;
  total: number | null;
  done: number;
  error?: string | null;
  preview: Progress["preview"];
}): Progress {
  const { id, state, total, done, preview } = job;
  return { id, endpoint: job.endpoint_id ?? null, state, total, done, preview, error: job.error ?? null };
}
