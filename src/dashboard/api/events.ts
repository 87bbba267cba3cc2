import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { EventQuery, EventSearch } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

/** Events, newest first, page by page. */
export function useEvents(query: EventQuery) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["events", query],
    queryFn: ({ pageParam, signal }) =>
      atlas.events.list({ ...query, limit: 50 }, { signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** Events that a search finds; null = there is no search. Each page tells what it looked at. */
export function useEventSearch(search: EventSearch | null) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["event search", search],
    queryFn: ({ pageParam, signal }) =>
      atlas.events.search({ ...search, ...(pageParam !== undefined && { cursor: pageParam }) }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: search !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** One event, and the text of its answer: `data` in it is as it was sent. */
export function useEvent(id: string | null) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["event", id],
    queryFn: ({ signal }) => atlas.events.getText(id ?? "", { signal }),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What became of a published event, endpoint by endpoint. */
export function useExplanation(id: string | null) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["explain", id],
    queryFn: ({ pageParam, signal }) =>
      atlas.events.explain(id ?? "", pageParam === undefined ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: id !== null,
  });
}

/** What would become of an event that is not yet sent. */
export function useForecast(event: string | null) {
  const atlas = useAtlas();
  return useInfiniteQuery({
    queryKey: ["forecast", event],
    queryFn: ({ pageParam, signal }) => atlas.events.forecast(event ?? "", pageParam, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: event !== null,
  });
}
