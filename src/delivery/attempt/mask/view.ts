/** A text read in some way, with where each of its bytes comes from. */
export interface View {
  bytes: Uint8Array;
  /** Where each byte's spelling begins in the text, and where it ends; null = the text itself. */
  from: Int32Array | null;
  to: Int32Array | null;
}

export function startOf(view: View, index: number): number {
  return view.from === null ? index : (view.from[index] as number);
}

export function endOf(view: View, index: number): number {
  return view.to === null ? index + 1 : (view.to[index] as number);
}

/** Builds a view byte by byte; none has more bytes than what it reads. */
export class ViewBuilder {
  readonly #bytes: Uint8Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  #length = 0;

  constructor(most: number) {
    this.#bytes = new Uint8Array(most);
    this.#from = new Int32Array(most);
    this.#to = new Int32Array(most);
  }

  add(byte: number, from: number, to: number): void {
    this.#bytes[this.#length] = byte;
    this.#from[this.#length] = from;
    this.#to[this.#length++] = to;
  }

  build(): View {
    const end = this.#length;
    return {
      bytes: this.#bytes.subarray(0, end),
      from: this.#from.subarray(0, end),
      to: this.#to.subarray(0, end),
    };
  }
}
