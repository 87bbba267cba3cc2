export interface DiffLine {
  kind: "same" | "add" | "del";
  text: string;
}

/** Beyond it lines are compared place by place: the exact way takes the product of both lengths. */
const EXACT_LINES = 600;

/** How one text becomes another, line by line. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  if (left.length > EXACT_LINES || right.length > EXACT_LINES) return byPlace(left, right);
  const common = longestCommon(left, right);
  const lines: DiffLine[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [old, fresh] = [left[l], right[r]];
    if (old !== undefined && fresh !== undefined && old === fresh) {
      lines.push({ kind: "same", text: old });
      l += 1;
      r += 1;
    } else if (old !== undefined && (fresh === undefined || at(common, l + 1, r) >= at(common, l, r + 1))) {
      lines.push({ kind: "del", text: old });
      l += 1;
    } else if (fresh !== undefined) {
      lines.push({ kind: "add", text: fresh });
      r += 1;
    }
  }
  return lines;
}

/** An empty text has no line. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

function byPlace(left: readonly string[], right: readonly string[]): DiffLine[] {
  return Array.from({ length: Math.max(left.length, right.length) }).flatMap((_, place): DiffLine[] => {
    const [old, fresh] = [left[place], right[place]];
    if (old === fresh) return [{ kind: "same", text: old ?? "" }];
    return [
      ...(old === undefined ? [] : [{ kind: "del" as const, text: old }]),
      ...(fresh === undefined ? [] : [{ kind: "add" as const, text: fresh }]),
    ];
  });
}

/** For each pair of places, how many lines the rests have in common. */
function longestCommon(left: readonly string[], right: readonly string[]): number[][] {
  const table = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      const row = table[l] as number[];
      row[r] =
        left[l] === right[r]
          ? at(table, l + 1, r + 1) + 1
          : Math.max(at(table, l + 1, r), at(table, l, r + 1));
    }
  }
  return table;
}

function at(table: readonly (readonly number[])[], l: number, r: number): number {
  return table[l]?.[r] ?? 0;
}

/** The lines with long same parts folded: null stands for so many that are left out. */
export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | { skipped: number })[] {
  const isNear = lines.map(() => false);
  for (const [place, line] of lines.entries()) {
    if (line.kind === "same") continue;
    for (let near = Math.max(0, place - around); near <= Math.min(lines.length - 1, place + around); near++)
      isNear[near] = true;
  }
  const shown: (DiffLine | { skipped: number })[] = [];
  let skipped = 0;
  for (const [place, line] of lines.entries()) {
    if (isNear[place]) {
      if (skipped > 0) shown.push({ skipped });
      skipped = 0;
      shown.push(line);
    } else skipped += 1;
  }
  if (skipped > 0 && shown.length > 0) shown.push({ skipped });
  return shown;
}
