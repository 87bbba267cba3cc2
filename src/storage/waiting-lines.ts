/*
 * Those who wait for a place, in lines: each line is served in the order in which its own asked first, and the lines take
 * turns. So a thousand that wait in one line keep nobody waiting in another.
 */

/** Names by line; the lines in the order of their turns. A name may stand in several. */
export class WaitingLines {
  /** When each name is taken to have given up, Unix milliseconds. */
  readonly #lines = new Map<string, Map<string, number>>();

  /** How many wait, those included that have given up and were not missed yet. */
  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.size;
    return size;
  }

  /** Has a name wait until a time; one that waits already keeps its place in the line. */
  add(name: string, lineName: string, untilMs: number): void {
    let line = this.#lines.get(lineName);
    if (line === undefined) {
      line = new Map();
      this.#lines.set(lineName, line);
    }
    line.set(name, untilMs);
  }

  /** A name waits no longer in a line. */
  remove(name: string, lineName: string): void {
    const line = this.#lines.get(lineName);
    if (line?.delete(name) && line.size === 0) this.#lines.delete(lineName);
  }

  /** A name got what it waited for, in whatever lines: the others have their turn before this line has its next. */
  noteServed(name: string, lineName: string): void {
    for (const each of this.#lines.keys()) this.remove(name, each);
    const line = this.#lines.get(lineName);
    if (line === undefined) return;
    this.#lines.delete(lineName);
    this.#lines.set(lineName, line);
  }

  /** Who is the next of a line; null = nobody waits there. */
  first(lineName: string, nowMs: number): string | null {
    const line = this.#lines.get(lineName);
    if (line === undefined) return null;
    this.#dropGone(lineName, line, nowMs);
    const [first] = line.keys();
    return first ?? null;
  }

  /** Whether a name is among the next so many to be served; one that does not wait yet comes last in its line. */
  isAmongNext(count: number, name: string, lineName: string, nowMs: number): boolean {
    let before = 0;
    for (const [other, until] of this.#lines.get(lineName) ?? []) {
      if (other === name) break;
      if (until < nowMs) this.remove(other, lineName);
      else if (++before >= count) return false;
    }
    // Lines take turns: by the time a name is served, each other line was served as often as there are names before it,
    // and lines whose turn is earlier once more.
    let served = before;
    let isEarlier = true;
    for (const [otherName, line] of this.#lines) {
      if (otherName === lineName) {
        isEarlier = false;
        continue;
      }
      this.#dropGone(otherName, line, nowMs);
      served += Math.min(line.size, before + (isEarlier ? 1 : 0));
    }
    return served < count;
  }

  /** Whether anybody waits but this one. */
  hasOther(name: string, nowMs: number): boolean {
    for (const [lineName, line] of this.#lines) {
      for (const [other, until] of line) {
        if (until < nowMs) this.remove(other, lineName);
        else if (other !== name) return true;
      }
    }
    return false;
  }

  /** Drops those at the head of a line that have given up; others behind them are dropped when they come to its head. */
  #dropGone(lineName: string, line: Map<string, number>, nowMs: number): void {
    for (const [name, until] of line) {
      if (until >= nowMs) return;
      this.remove(name, lineName);
    }
  }
}
