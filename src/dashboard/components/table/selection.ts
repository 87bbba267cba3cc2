import { useState } from "react";
import { useKeys } from "../../shell/keys.ts";
import type { RowList } from "./row-list.ts";

export interface Selection<Row> {
  /** Where the keyboard is; null until j or k is pressed. */
  cursor: number | null;
  selected: ReadonlyMap<string, Row>;
  isSelected(row: Row): boolean;
  /** With `upTo` all rows between the last one selected and this one. */
  toggle(index: number, upTo?: boolean): void;
  toggleAll(): void;
  clear(): void;
  setCursor(index: number | null): void;
}

/** A cursor and a selection over rows: j k move, x selects, Shift x up to here, Enter opens, Esc clears. */
export function useSelection<Row>(
  rows: RowList<Row>,
  idOf: (row: Row) => string,
  onOpen: (row: Row) => void,
): Selection<Row> {
  const [cursor, setCursor] = useState<number | null>(null);
  const [selected, setSelected] = useState<ReadonlyMap<string, Row>>(new Map());
  const [anchor, setAnchor] = useState<number | null>(null);

  const toggle = (index: number, upTo = false) => {
    const row = rows.at(index);
    if (row === undefined) return;
    const next = new Map(selected);
    if (upTo && anchor !== null) {
      const [from, to] = [Math.min(anchor, index), Math.max(anchor, index)];
      for (const one of rows.slice(from, to + 1)) next.set(idOf(one), one);
    } else if (!next.delete(idOf(row))) next.set(idOf(row), row);
    setSelected(next);
    setAnchor(index);
  };
  const clear = () => setSelected(new Map());
  const move = (by: number) => {
    if (rows.length === 0) return false as const;
    setCursor(Math.max(0, Math.min(rows.length - 1, cursor === null ? 0 : cursor + by)));
    return undefined;
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => (cursor === null ? false : toggle(cursor)),
    X: () => (cursor === null ? false : toggle(cursor, true)),
    Enter: (event) => {
      const row = cursor === null ? undefined : rows.at(cursor);
      if (row === undefined || (event.target as HTMLElement).closest("a, button")) return false;
      onOpen(row);
      return undefined;
    },
    Escape: () => (selected.size === 0 ? false : clear()),
  });

  return {
    cursor,
    selected,
    isSelected: (row) => selected.has(idOf(row)),
    toggle,
    toggleAll: () =>
      setSelected(selected.size > 0 ? new Map() : new Map(rows.slice().map((row) => [idOf(row), row]))),
    clear,
    setCursor,
  };
}
