import { useQuery } from "@tanstack/react-query";
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
