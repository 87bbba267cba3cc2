import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Endpoint, EndpointQuery, StatsWindow } from "../../sdk/client/index.ts";
import { sentenceOf } from "../components/states/states.tsx";
import { toast } from "../components/toast/toast.tsx";
import { useAtlas } from "../session/session.ts";
import { text } from "../text/text.ts";

/** How often it is asked how the endpoints do: their health is written once a minute. */
const ASK_MS = 15_000;

/** The endpoints of a query, page by page. */
export function useEndpoints(query: EndpointQuery = {}, isOn = true) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["endpoints", query],
    queryFn: ({ pageParam, signal }) => atlas.endpoints.list(query, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: isOn,
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
  });
}

/** One endpoint. */
export function useEndpoint(id: string) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["endpoint", id],
    queryFn: ({ signal }) => atlas.endpoints.get(id, { signal }),
    refetchInterval: ASK_MS,
  });
}

/** How an endpoint does over a time. */
export function useEndpointStats(id: string, window: StatsWindow) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["stats", id, window],
    queryFn: ({ signal }) => atlas.endpoints.stats(id, window, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
  });
}

/** The history of an endpoint, page by page, newest first. */
export function useVersions(id: string) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["endpoint", id, "versions"],
    queryFn: ({ pageParam, signal }) => atlas.endpoints.versions(id, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** An endpoint as it was; null = not asked for. */
export function useVersion(id: string, version: number | string | null) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["endpoint", id, "version", version],
    queryFn: ({ signal }) => atlas.endpoints.version(id, version ?? "", { signal }),
    enabled: version !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What an endpoint's queue stands at, asked for again and again. */
export function useQueue(id: string, isOn = true) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["queue", id],
    queryFn: ({ signal }) => atlas.endpoints.queue(id, { signal }),
    enabled: isOn,
    refetchInterval: 2000,
  });
}

/** Pauses, resumes or disables endpoints, and tells what came of it. */
export function useSetStatus(): (ids: readonly string[], status: Endpoint["status"]) => void {
  const atlas = useAtlas();
  const queries = useQueryClient();
  return (ids, status) => {
    const set = async () => {
      const results = await Promise.allSettled(ids.map((id) => atlas.endpoints.update(id, { status })));
      const failed = results.find((result) => result.status === "rejected");
      if (failed !== undefined) {
        toast({ state: "canceled", title: text.endpoint.notDone, detail: sentenceOf(failed.reason) });
      } else {
        toast({
          state: status,
          title:
            ids.length === 1 ? text.endpoint.statusSet[status] : text.endpoints.changed(ids.length, status),
        });
      }
      for (const key of ["endpoints", "endpoint", "queue"])
        await queries.invalidateQueries({ queryKey: [key] });
    };
    void set();
  };
}
