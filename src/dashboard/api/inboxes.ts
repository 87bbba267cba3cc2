import { useQuery } from "@tanstack/react-query";
import { useAtlas } from "../session/session.ts";

/** How often it is asked what has arrived. */
const ASK_MS = 1500;

/** The workspace's inboxes, newest first. */
export function useInboxes() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["inboxes"],
    queryFn: async ({ signal }) => (await atlas.inboxes.list({ signal }).page()).data,
  });
}

/** The newest requests that an inbox received, asked for again and again. */
export function useInboxRequests(id: string | null) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["inbox requests", id],
    queryFn: async ({ signal }) =>
      (await atlas.inboxes.requests(id ?? "", { limit: 50 }, { signal }).page()).data,
    enabled: id !== null,
    refetchInterval: ASK_MS,
  });
}
