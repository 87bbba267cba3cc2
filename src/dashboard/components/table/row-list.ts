/** Rows by their place, however they are kept. An array is such a list. */
export interface RowList<Row> {
  readonly length: number;
  at(place: number): Row | undefined;
  slice(from?: number, to?: number): Row[];
}

/**
 * Pages of rows as one list, without copying them: of a hundred thousand rows, each new page would otherwise cost as much
 * as all before it.
 */
export class PagedRows<Row> implements RowList<Row> {
  readonly length: number;
  readonly #pages: readonly (readonly Row[])[];
  readonly #now: (row: Row) => Row;
  /** The place of each page's first row. */
  readonly #starts: readonly number[];

  /** @param now a row as it is now, where it has changed since its page was loaded */
  constructor(pages: readonly (readonly Row[])[], now: (row: Row) => Row = (row) => row) {
    const starts: number[] = [];
    let length = 0;
    for (const page of pages) {
      starts.push(length);
      length += page.length;
    }
    this.length = length;
    this.#pages = pages;
    this.#starts = starts;
    this.#now = now;
  }

  at(place: number): Row | undefined {
    if (place < 0 || place >= this.length) return undefined;
    const page = this.#pageOf(place);
    const row = this.#pages[page]?.[place - (this.#starts[page] ?? 0)];
    return row === undefined ? undefined : this.#now(row);
  }

  slice(from = 0, to = this.length): Row[] {
    const rows: Row[] = [];
    for (let place = from; place < Math.min(to, this.length); place++) rows.push(this.at(place) as Row);
    return rows;
  }

  /** The last page that begins at this place or before it: one that is empty begins where the next one does. */
  #pageOf(place: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
