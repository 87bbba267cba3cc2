import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

/** What the address says after its `?`. */
export type SearchState = Readonly<Record<string, string>>;

/**
 * The state that the address holds, and how to change a part of it; undefined removes. A change replaces the entry of
 * the history unless `isPushed`: typing in a field must not fill it.
 */
export function useSearchState(): [
  SearchState,
  (change: Record<string, string | undefined>, isPushed?: boolean) => void,
] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const state = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const change = useCallback(
    (changed: Record<string, string | undefined>, isPushed = false) => {
      const next = Object.entries({ ...state, ...changed }).flatMap(([name, value]) =>
        value === undefined || value === "" ? [] : [[name, value]],
      );
      const query = new URLSearchParams(next).toString();
      navigate(query === "" ? path : `${path}?${query}`, { replace: !isPushed });
    },
    [state, path, navigate],
  );
  return [state, change];
}
