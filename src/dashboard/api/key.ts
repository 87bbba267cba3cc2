import { useQuery } from "@tanstack/react-query";
import { useAtlas } from "../session/session.ts";

/** Whose key it is. */
export function useCurrentKey() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["key"],
    queryFn: ({ signal }) => atlas.keys.current({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether the key may change endpoints and deliveries. What it may not is not offered; the API refuses it all the same. */
export function useMayWrite(): boolean {
  const { data } = useCurrentKey();
  return data !== undefined && (data.role === "admin" || data.role === "portal");
}
