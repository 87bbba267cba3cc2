import { styleText } from "node:util";

/** What a stream of the process must have. */
export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export type Style = Parameters<typeof styleText>[0];

/** A column of a table: its title and what a row shows in it. */
export interface Column<Row> {
  title: string;
  value(row: Row): string | number | boolean | null | undefined;
  style?(row: Row): Style | null;
}

interface OutputOptions {
  stdout: Stream;
  stderr: Stream;
  environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Where a command writes. Results go to the standard output: as JSON where `--json` asks for it, as tables in colour on a
 * terminal, otherwise as lines of tab-separated fields without a title. What is said beside them goes to the standard error.
 */
export class Output {
  /** Set by `--json`. */
  isJson = false;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #environment: OutputOptions["environment"];

  constructor({ stdout, stderr, environment }: OutputOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#environment = environment;
  }

  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Whether questions can be asked and progress be drawn. */
  get canDraw(): boolean {
    return this.#stderr.isTTY === true && !this.isJson;
  }

  get columns(): number {
    return this.#stdout.columns ?? 100;
  }

  /** In colour on a terminal; plain otherwise, and where NO_COLOR is set. */
  style(style: Style | null, text: string): string {
    return style === null || !this.#hasColour(this.#stdout) ? text : coloured(style, text);
  }

  /** A line of the result. */
  line(text = ""): void {
    this.#stdout.write(`${text}\n`);
  }

  /** The result as it is, without a line's end. */
  text(text: string): void {
    this.#stdout.write(text);
  }

  /** One JSON document: indented for people, on one line for programs. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, this.isTerminal ? 2 : undefined));
  }

  /** Something beside the result: what was done, what is waited for. Not said to programs that read JSON. */
  note(text: string): void {
    if (!this.isJson) this.#stderr.write(`${text}\n`);
  }

  /** What went wrong, whoever reads. */
  error(text: string): void {
    const label = this.#hasColour(this.#stderr) ? coloured("red", "error:") : "error:";
    this.#stderr.write(`${label} ${text}\n`);
  }

  errorJson(value: unknown): void {
    this.#stderr.write(`${JSON.stringify(value)}\n`);
  }

  /** Draws over the line before, on a terminal alone. */
  progress(text: string): void {
    if (this.canDraw) this.#stderr.write(`\r\u001b[2K${text}`);
  }

  endProgress(): void {
    if (this.canDraw) this.#stderr.write("\r\u001b[2K");
  }

  /** Rows: with `--json` an array of what the API said of them. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], whenEmpty = "There is none."): void {
    if (this.isJson) this.json(rows);
    else if (rows.length === 0) this.note(whenEmpty);
    else if (this.isTerminal) this.#draw(rows, columns);
    else for (const row of rows) this.line(columns.map(({ value }) => shown(value(row))).join("\t"));
  }

  #draw<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    const cells = rows.map((row) => columns.map(({ value }) => shown(value(row))));
    const widths = columns.map(({ title }, at) =>
      Math.max(title.length, ...cells.map((row) => [...(row[at] ?? "")].length)),
    );
    this.line(
      this.style(
        "dim",
        columns
          .map(({ title }, at) => padded(title, widths[at]))
          .join("  ")
          .trimEnd(),
      ),
    );
    for (const [index, row] of rows.entries()) {
      const line = columns.map(({ style }, at) => {
        const isLast = at === columns.length - 1;
        const text = isLast ? (cells[index]?.[at] ?? "") : padded(cells[index]?.[at] ?? "", widths[at]);
        return this.style(style?.(row) ?? null, text);
      });
      this.line(line.join("  "));
    }
  }

  /** One thing: with `--json` what the API said of it, otherwise its fields, one a line. */
  record(value: object): void {
    if (this.isJson) {
      this.json(value);
      return;
    }
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    const width = Math.max(...fields.map(([name]) => name.length));
    for (const [name, field] of fields) {
      if (this.isTerminal) this.line(`${this.style("dim", padded(name, width))}  ${shown(field)}`);
      else this.line(`${name}\t${shown(field)}`);
    }
  }

  #hasColour({ isTTY }: Stream): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.#environment;
    if (NO_COLOR) return false;
    if (FORCE_COLOR && FORCE_COLOR !== "0") return true;
    return isTTY === true && TERM !== "dumb";
  }
}

/** `util.styleText` without its own look at the process's streams: these may be others. */
function coloured(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

function padded(text: string, width = 0): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}

/** A field on one line: what controls a terminal is taken out, whoever wrote it. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return printable(text);
}

/** Text of others without what would move the cursor or end a line. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, " ");
}
