import { useEffect, useMemo, useRef, useState } from "react";
import type { Delivery } from "../../../sdk/client/index.ts";
import { PagedRows, type RowList } from "../../components/table/row-list.ts";

export interface LiveRows {
  rows: RowList<Delivery>;
  /** So many came that are not among the rows yet. */
  waiting: number;
  /** The rows that came just now. */
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
  loaded: readonly (readonly Delivery[])[],
  newest: readonly Delivery[] | undefined,
  isPaused: boolean,
): LiveRows {
  const [came, setCame] = useState<{ key: string; shown: readonly Delivery[] }>({ key, shown: [] });
  const latest = useRef({ key, byId: new Map<string, Delivery>() });
  if (latest.current.key !== key) latest.current = { key, byId: new Map() };
  for (const row of newest ?? []) latest.current.byId.set(row.id, row);

  const shown = came.key === key ? came.shown : [];
  const top = loaded.find((page) => page.length > 0)?.[0];
  const known = useMemo(() => {
    return new Set([...shown, ...ofMoment(loaded, top?.created_at)].map(({ id }) => id));
  }, [shown, loaded]);
  const waiting = (newest ?? []).filter(
    ({ id, created_at }) => !known.has(id) && (top === undefined || created_at >= top.created_at),
  );
  const show = () => setCame({ key, shown: [...waiting, ...shown] });

  useEffect(() => {
    if (!isPaused && waiting.length > 0 && window.scrollY < AT_TOP) show();
  }, [newest, isPaused]);

  const rows = useMemo(
    () => new PagedRows([shown, ...loaded], (row) => latest.current.byId.get(row.id) ?? row),
    [shown, loaded, newest],
  );
  return {
    rows,
    waiting: waiting.length,
    fresh: useMemo(() => new Set(shown.map(({ id }) => id)), [shown]),
    show,
  };
}

/**
 * The rows of a moment, with which the pages begin. What is older than the first row is not new, so of a hundred thousand
 * only these are looked at.
 */
function ofMoment(pages: readonly (readonly Delivery[])[], moment: string | undefined): Delivery[] {
  const rows: Delivery[] = [];
  for (const page of pages) {
    for (const row of page) {
      if (row.created_at !== moment) return rows;
      rows.push(row);
    }
  }
  return rows;
}
