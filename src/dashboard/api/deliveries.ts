import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useRef } from "react";
import type { Atlas, DeliveryQuery, Endpoint, Page } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";
import { ASK_MS, waitMs } from "./how-often.ts";
import { type DeliveryPage, MERGED_ENDPOINTS, nextOf, type Place, type Source } from "./newest-first.ts";
import type { Told } from "./told.ts";

/** Which deliveries: of the workspace, or of one endpoint. */
export type DeliveryFilter = Omit<DeliveryQuery, "limit" | "before_sequence"> & {
  endpoint_id?: string | undefined;
};

/** So many rows a request. */
const PAGE = 100;

/** Deliveries page by page: newest first, of all endpoints where there are not too many of them. */
export function useDeliveries(filter: DeliveryFilter) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  return useInfiniteQuery({
    queryKey: ["deliveries", filter],
    queryFn: ({ pageParam, signal }) =>
      pageOf(atlas, filter, pageParam ?? knownStart(queries, filter), signal),
    initialPageParam: null as Place | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    // What is new comes by `useNewest`: to load all pages again would move rows while they are read.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

interface Newest {
  /** How often it is asked, unless that takes the service too long. */
  everyMs?: number;
  /** What a socket tells of the same filter, and whether it does. */
  live?: { isOpen: boolean; told: Told };
}

/** The newest page, again and again; more rarely where a socket tells what changes. */
export function useNewest(filter: DeliveryFilter, isOn: boolean, { everyMs = ASK_MS, live }: Newest = {}) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const tookMs = useRef(0);
  const queryKey = ["newest deliveries", filter];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const startedAt = performance.now();
      live?.told.noteAsked();
      const page = await pageOf(atlas, filter, null, signal);
      // Those of one event are found at once, however long a busy machine took.
      if (filter.event_id === undefined) tookMs.current = performance.now() - startedAt;
      const known = queries.getQueryData<typeof page>(queryKey)?.data ?? [];
      return live === undefined ? page : { ...page, data: live.told.with(known, page) };
    },
    enabled: isOn,
    refetchInterval: () => waitMs(everyMs, tookMs.current, live?.isOpen ?? false),
    gcTime: 0,
  });
}

/** Sequences that are shown around the head of an order. */
const AROUND = 100;

/**
 * The sequences around the head of an endpoint's order, lowest first: as many behind it as before it, where there are so
 * many; without a head the newest ones. Asked for once `isKnown`: whether there is a head.
 */
export function useAround(endpointId: string, head: number | null, isKnown: boolean) {
  const atlas = useAtlas();
  const end = head === null ? {} : { before_sequence: String(Math.max(head + AROUND / 2, AROUND + 1)) };
  return useQuery({
    queryKey: ["newest deliveries", "around", endpointId, head],
    queryFn: async ({ signal }) => {
      const list = atlas.endpoints.deliveries(endpointId, { ...end, limit: AROUND }, { signal });
      return (await list.page()).data.toReversed();
    },
    enabled: isKnown,
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
    gcTime: 0,
  });
}

async function pageOf(
  atlas: Atlas,
  filter: DeliveryFilter,
  place: Place | null,
  signal: AbortSignal,
): Promise<DeliveryPage> {
  const start = place ?? (await startOf(atlas, filter, signal));
  if ("sources" in start) {
    const { endpoint_id: _, ...query } = filter;
    const lists = new Map(
      start.sources.map(({ id }) => [
        id,
        atlas.endpoints.deliveries(id, { ...query, limit: PAGE }, { signal }),
      ]),
    );
    const { data, next } = await nextOf(start.sources, PAGE, async (id, cursor) => {
      const list = lists.get(id);
      if (list === undefined) throw new Error("a source has a list");
      return list.page(cursor);
    });
    return { data, next: next === null ? null : { sources: next } };
  }
  const page = await atlas.deliveries.list({ ...filter, limit: PAGE }, { signal }).page(start.cursor);
  return { data: page.data, next: page.next_cursor === null ? null : { cursor: page.next_cursor } };
}

/** For an event, or for more endpoints than can be merged, the workspace's own list is read. */
async function startOf(atlas: Atlas, filter: DeliveryFilter, signal: AbortSignal): Promise<Place> {
  if (filter.event_id !== undefined) return { cursor: undefined };
  if (filter.endpoint_id !== undefined) return { sources: [sourceOf(filter.endpoint_id)] };
  const { data, next_cursor } = await atlas.endpoints.list({ limit: MERGED_ENDPOINTS }, { signal }).page();
  return next_cursor === null ? { sources: data.map(({ id }) => sourceOf(id)) } : { cursor: undefined };
}

/** Where a list begins if the page has the endpoints already: the first rows come a request earlier. Null = it has not. */
function knownStart(queries: QueryClient, filter: DeliveryFilter): Place | null {
  if (filter.event_id !== undefined || filter.endpoint_id !== undefined) return null;
  const known = queries.getQueryData<InfiniteData<Page<Endpoint>>>(["endpoints", { limit: 200 }]);
  const [first] = known?.pages ?? [];
  if (first === undefined || first.next_cursor !== null || first.data.length > MERGED_ENDPOINTS) return null;
  return { sources: first.data.map(({ id }) => sourceOf(id)) };
}

function sourceOf(id: string): Source {
  return { id, rest: [], cursor: undefined };
}

/** A delivery with its attempts; asked for again while it is pending. */
export function useDelivery(endpointId: string, deliveryId: string) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["delivery", endpointId, deliveryId],
    queryFn: ({ signal }) => atlas.endpoints.delivery(endpointId, deliveryId, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? 2000 : false),
  });
}

/** The request of an attempt; null = the one that comes next. */
export function useDeliveryRequest(endpointId: string, deliveryId: string, attempt: number | null) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["delivery request", endpointId, deliveryId, attempt],
    queryFn: ({ signal }) =>
      atlas.endpoints.deliveryRequest(endpointId, deliveryId, attempt === null ? {} : { attempt }, {
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** After something was done to deliveries: what is shown of them is asked for again. */
export function refreshDeliveries(queries: QueryClient): void {
  for (const key of ["delivery", "deliveries", "newest deliveries", "endpoint", "stats", "queue", "explain"])
    void queries.invalidateQueries({ queryKey: [key] });
}
