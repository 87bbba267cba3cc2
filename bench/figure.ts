/** One line of the table. */
export interface Figure {
  /** What was measured, with its conditions. */
  name: string;
  /** With its unit. */
  measured: string;
  /** The same of a bare runtime, measured in the same run. */
  bare?: string;
  /** What it ought to be; absent = there is no target. */
  target?: string;
  met?: boolean;
}

export function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs === 0 ? 0 : (count * 1000) / elapsedMs;
}

/** A number as people read it: 1,234 or 12.3 or 0.12. */
export function plain(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** Microseconds as milliseconds with their unit. */
export function milliseconds(microseconds: number): string {
  return `${plain(microseconds / 1000)} ms`;
}

/** The table of a section's figures, or of all. */
export function tableOf(rows: readonly { section: string; figure: Figure }[]): string {
  const lines = [
    ["section", "figure", "measured", "bare runtime", "target", ""],
    ...rows.map(({ section, figure }) => [
      section,
      figure.name,
      figure.measured,
      figure.bare ?? "",
      figure.target ?? "",
      figure.met === undefined ? "" : figure.met ? "met" : "MISSED",
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
