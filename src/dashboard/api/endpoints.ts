import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { EndpointQuery } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

/** The endpoints of a query, page by page. */
export function useEndpoints(query: EndpointQuery = {}) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["endpoints", query],
    queryFn: ({ pageParam, signal }) => atlas.endpoints.list(query, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One endpoint. */
export function useEndpoint(id: string) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["endpoint", id],
    queryFn: ({ signal }) => atlas.endpoints.get(id, { signal }),
  });
}
