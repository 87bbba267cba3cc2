import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RowList } from "./row-list.ts";

/** So many rows beyond what is in sight. */
const OVERSCAN = 10;

/** So many rows before the end the next page is asked for. */
const NEAR_END = 30;

interface VirtualRowsProps<Row> {
  rows: RowList<Row>;
  columns: number;
  /** The row that the keyboard is at: kept in sight. */
  cursor: number | null;
  render(row: Row, index: number): ReactNode;
  /** Called while the end is near; it must not mind being called again. */
  onNearEnd?: (() => void) | undefined;
}

/** A table's body of which only the rows in sight exist. Rows are as high as `--row` says. */
export function VirtualRows<Row>({ rows, columns, cursor, render, onNearEnd }: VirtualRowsProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  const height = useRowHeight(body);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
  });

  useLayoutEffect(() => {
    const measure = () => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  useEffect(() => virtual.measure(), [height]);

  useEffect(() => {
    if (cursor !== null) virtual.scrollToIndex(cursor, { align: "auto" });
  }, [cursor, virtual]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - NEAR_END) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);

  const [first] = items;
  const above = first === undefined ? 0 : first.start - top;
  const below = virtual.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  return (
    <tbody ref={body}>
      {above > 0 && <Gap columns={columns} height={above} />}
      {items.map(({ index }) => {
        const row = rows.at(index);
        return row === undefined ? null : render(row, index);
      })}
      {below > 0 && <Gap columns={columns} height={below} />}
    </tbody>
  );
}

function Gap({ columns, height }: { columns: number; height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

/** `--row` in pixels: it follows the density and the width of the screen. */
function useRowHeight(body: { current: HTMLElement | null }): number {
  const [height, setHeight] = useState(38);
  useLayoutEffect(() => {
    const read = () => {
      const value = Number.parseFloat(
        getComputedStyle(body.current ?? document.body).getPropertyValue("--row"),
      );
      if (value > 0) setHeight(value);
    };
    read();
    window.addEventListener("resize", read);
    return () => window.removeEventListener("resize", read);
  }, [body]);
  return height;
}
