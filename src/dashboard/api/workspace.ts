import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ApiKey, AuditQuery } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

/** The key's own workspace. */
export function useWorkspace() {
  const atlas = useAtlas();
  return useQuery({ queryKey: ["workspace"], queryFn: ({ signal }) => atlas.workspace.get({ signal }) });
}

/** All keys of the workspace: it may have a few hundred. */
export function useKeyList() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }) => {
      const keys: ApiKey[] = [];
      for await (const key of atlas.keys.list({ signal })) keys.push(key);
      return keys;
    },
  });
}

/** The audit log, newest first, page by page. */
export function useAudit(query: AuditQuery) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["audit", query],
    queryFn: ({ pageParam, signal }) => atlas.audit.list({ ...query, limit: 50 }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
