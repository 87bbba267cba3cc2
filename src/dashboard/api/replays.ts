import { useMutation, useQuery } from "@tanstack/react-query";
import type { Atlas, NewReplay, Replay } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

/** The newest replay jobs of an endpoint, asked for again while one runs. */
export function useReplayJobs(endpointId: string) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["replays", endpointId],
    queryFn: ({ signal }) => atlas.endpoints.replays(endpointId, { signal }).page(),
    refetchInterval: ({ state }) => (state.data?.data.some((job) => job.state === "running") ? 1000 : 10_000),
  });
}

/** The newest replays over several endpoints; those that only counted are left out. */
export function useReplays() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["replays"],
    queryFn: async ({ signal }) => {
      const { data } = await atlas.replays.list({ signal }).page();
      return data.filter(({ dry_run }) => !dry_run);
    },
    refetchInterval: ({ state }) => (state.data?.some((one) => one.state === "running") ? 1000 : 10_000),
  });
}

/** How often it is asked how far one is. */
const ASK_MS = 300;

/**
 * Asks after a replay until it has ended, or until `signal`. `onProgress` is called with each answer; an answer that
 * fails to come ends it.
 */
async function followReplay(
  atlas: Atlas,
  first: Replay,
  signal: AbortSignal | undefined,
  onProgress: (replay: Replay) => void,
): Promise<Replay> {
  let replay = first;
  onProgress(replay);
  while (replay.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    replay = await atlas.replays.get(replay.id, signal === undefined ? {} : { signal });
    onProgress(replay);
  }
  return replay;
}

/** What a selection would take: nothing is enqueued. */
export async function countReplay(atlas: Atlas, selection: NewReplay, signal?: AbortSignal): Promise<Replay> {
  const first = await atlas.replays.create({ ...selection, dry_run: true }, signal ? { signal } : {});
  return followReplay(atlas, first, signal, () => {});
}

/** What a selection would take, while a dialog shows it. */
export function useReplayCount(selection: NewReplay) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["replay count", selection],
    queryFn: ({ signal }) => countReplay(atlas, selection, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** Starts a replay and follows it: it goes on in the service, whatever becomes of the page. */
export function useFollowedReplay(onProgress: (replay: Replay) => void) {
  const atlas = useAtlas();
  return useMutation({
    mutationFn: async (selection: NewReplay) =>
      followReplay(atlas, await atlas.replays.create(selection), undefined, onProgress),
  });
}
