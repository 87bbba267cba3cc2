import { useQuery } from "@tanstack/react-query";
import { localise } from "../portal/branding.ts";
import { rememberRefresh, useAtlas } from "../session/session.ts";

/** Whose key it is. */
export function useCurrentKey() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["key"],
    queryFn: async ({ signal }) => {
      const key = await atlas.keys.current({ signal });
      if (key.role === "portal") {
        localise(key.portal.locale_strings);
        rememberRefresh(key.portal.refresh_url);
      }
      return key;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether the key may change endpoints and deliveries. What it may not is not offered; the API refuses it all the same. */
export function useMayWrite(): boolean {
  const { data } = useCurrentKey();
  return data?.role === "admin" || (data?.role === "portal" && data.scope?.read_only !== true);
}
