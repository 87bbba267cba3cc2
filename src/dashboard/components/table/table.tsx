import type { ReactNode } from "react";
import { type Selection, useSelection } from "./selection.ts";

export interface Column {
  title: ReactNode;
  className?: string;
}

interface TableProps {
  columns: readonly Column[];
  /** With the head; -1 = nobody knows yet. Absent = as many as there are in it. */
  rowCount?: number;
  /** Its body. */
  children: ReactNode;
}

/** A table with its head, which may be wider than its place. */
export function Table({ columns, rowCount, children }: TableProps) {
  return (
    <div className="table-wrap">
      <table aria-rowcount={rowCount}>
        <thead>
          <tr>
            {columns.map(({ title, className }, column) => (
              <th key={column} scope="col" className={className}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

/** A column whose title is only read out: what can be done with a row. */
export function silentColumn(title: string, className?: string): Column {
  return { title: <span className="sr">{title}</span>, ...(className !== undefined && { className }) };
}

type SelectAll = Pick<Selection<unknown>, "selected" | "toggleAll">;

/** The column by which rows are selected; in its head all of them. */
export function selectColumn(label: string, { selected, toggleAll }: SelectAll): Column {
  const isChecked = selected.size > 0;
  return {
    title: <input type="checkbox" aria-label={label} checked={isChecked} onChange={toggleAll} />,
    className: "hide-s",
  };
}

interface SelectCellProps {
  label: string;
  index: number;
  isSelected: boolean;
  onToggle(index: number, upTo: boolean): void;
}

/** A row's cell in that column. */
export function SelectCell({ label, index, isSelected, onToggle }: SelectCellProps) {
  return (
    <td className="hide-s">
      <input
        type="checkbox"
        aria-label={label}
        checked={isSelected}
        onChange={() => {}}
        onClick={({ shiftKey }) => onToggle(index, shiftKey)}
      />
    </td>
  );
}

interface ChoiceTableProps<Row> {
  columns: readonly Column[];
  rows: readonly Row[];
  idOf(row: Row): string;
  /** The one that is shown. */
  chosen: string | null | undefined;
  onChoose(row: Row): void;
  cells(row: Row): ReactNode;
}

/** Rows of which one is shown beside the table: j k move over them, Enter shows the one that they are at. */
export function ChoiceTable<Row>({ columns, rows, idOf, chosen, onChoose, cells }: ChoiceTableProps<Row>) {
  const selection = useSelection(rows, idOf, onChoose);
  return (
    <Table columns={columns}>
      <tbody>
        {rows.map((row, index) => (
          <tr
            key={idOf(row)}
            aria-selected={idOf(row) === chosen}
            className={selection.cursor === index ? "cursor" : undefined}
          >
            {cells(row)}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
