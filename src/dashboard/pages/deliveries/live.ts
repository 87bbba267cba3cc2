import { useEffect, useMemo, useRef, useState } from "react";
import type { Delivery } from "../../../sdk/client/index.ts";

export interface LiveRows {
  rows: readonly Delivery[];
  /** So many came that are not among the rows yet. */
  waiting: number;
  /** Those that came just now. */
  fresh: ReadonlySet<string>;
  /** Puts those that wait among the rows. */
  show(): void;
}

/** How far from the top new rows still go in silently. */
const AT_TOP = 40;

/**
 * Rows with what came since: at the top of the list new ones go in silently, further down they wait; those that are
 * there change their state in place.
 * @param key of the list: another one begins anew
 * @param loaded the pages
 * @param newest the newest page as it was last asked for
 */
export function useLiveRows(
  key: string,
  loaded: readonly Delivery[],
  newest: readonly Delivery[] | undefined,
  isPaused: boolean,
): LiveRows {
  const [came, setCame] = useState<{ key: string; shown: readonly Delivery[] }>({ key, shown: [] });
  const latest = useRef({ key, byId: new Map<string, Delivery>() });
  if (latest.current.key !== key) latest.current = { key, byId: new Map() };
  for (const row of newest ?? []) latest.current.byId.set(row.id, row);

  const shown = came.key === key ? came.shown : [];
  const [top] = loaded;
  const known = useMemo(() => {
    // What is older than the first row is not new. So of a hundred thousand rows only those of its moment are looked at.
    const later = loaded.findIndex(({ created_at }) => created_at !== top?.created_at);
    const ofItsMoment = later === -1 ? loaded : loaded.slice(0, later);
    return new Set([...shown, ...ofItsMoment].map(({ id }) => id));
  }, [shown, loaded]);
  const waiting = (newest ?? []).filter(
    ({ id, created_at }) => !known.has(id) && (top === undefined || created_at >= top.created_at),
  );
  const show = () => setCame({ key, shown: [...waiting, ...shown] });

  useEffect(() => {
    if (!isPaused && waiting.length > 0 && window.scrollY < AT_TOP) show();
  }, [newest, isPaused]);

  const rows = useMemo(
    () => [...shown, ...loaded].map((row) => latest.current.byId.get(row.id) ?? row),
    [shown, loaded, newest],
  );
  return {
    rows,
    waiting: waiting.length,
    fresh: useMemo(() => new Set(shown.map(({ id }) => id)), [shown]),
    show,
  };
}
