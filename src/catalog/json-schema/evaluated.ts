/** The members and elements of one value that some schema spoke of: what `unevaluated…` leaves out. */
export class Evaluated {
  /** Names of members. */
  readonly names = new Set<string>();
  /** Indices of elements that fit `contains`. */
  readonly indices = new Set<number>();
  /** All elements before this index. */
  upTo = 0;

  /** Takes over what a schema that held spoke of; returns how many entries that were. */
  add(other: Evaluated): number {
    for (const name of other.names) this.names.add(name);
    for (const index of other.indices) this.indices.add(index);
    this.upTo = Math.max(this.upTo, other.upTo);
    return other.names.size + other.indices.size;
  }
}
