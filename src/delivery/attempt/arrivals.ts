import { InvalidAnswer, NoAnswer } from "./answer-errors.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** Bytes as they arrive, read by line and by length. */
export class Arrivals {
  readonly #read: () => Promise<Uint8Array | null>;
  #bytes = NOTHING;
  /** The bytes as text, one character each; null = nobody has asked for a line of them. */
  #text: string | null = null;
  /** How many of them have been taken. */
  #taken = 0;

  /** @param read what arrives next; null = the connection has ended */
  constructor(read: () => Promise<Uint8Array | null>) {
    this.#read = read;
  }

  /** Whether more has arrived than was taken. */
  get hasRest(): boolean {
    return this.#taken < this.#bytes.length;
  }

  /** At most `most` bytes, as soon as there are any; null = the connection has ended. */
  async read(most: number): Promise<Uint8Array | null> {
    if (!this.hasRest && !(await this.#more())) return null;
    const taken = this.#bytes.subarray(this.#taken, this.#taken + most);
    this.#taken += taken.length;
    return taken;
  }

  /**
   * The next line without its end, one character per byte; at once where it has arrived. Throws where it is longer than
   * `most`, or does not end.
   */
  line(most: number): string | Promise<string> {
    const part = this.#part();
    return part.isEnd ? lineOf(part.text, most) : this.#restOfLine(part.text, most);
  }

  /** What `read` takes of what has arrived; where it gives null, nothing was taken. */
  atHand<T>(read: () => T | null): T | null {
    const taken = this.#taken;
    const given = read();
    if (given === null) this.#taken = taken;
    return given;
  }

  /** The next line where all of it has arrived, for `atHand`. */
  lineAtHand(): string | null {
    const part = this.#part();
    return part.isEnd ? lineOf(part.text, part.text.length) : null;
  }

  /** So many bytes where they have arrived, for `atHand`. */
  takeAtHand(count: number): Uint8Array | null {
    if (this.#bytes.length - this.#taken < count) return null;
    this.#taken += count;
    return this.#bytes.subarray(this.#taken - count, this.#taken);
  }

  async #restOfLine(begin: string, most: number): Promise<string> {
    let line = begin;
    for (;;) {
      if (line.length > most) throw tooLong();
      if (!(await this.#more())) throw new NoAnswer("the connection ended within a line");
      const part = this.#part();
      line += part.text;
      if (part.isEnd) return lineOf(line, most);
    }
  }

  /** What has arrived of a line. */
  #part(): { text: string; isEnd: boolean } {
    const text = this.#text ?? latin1(this.#bytes);
    this.#text = text;
    const from = this.#taken;
    const end = text.indexOf("\n", from);
    this.#taken = end === -1 ? this.#bytes.length : end + 1;
    return { text: text.slice(from, end === -1 ? undefined : end), isEnd: end !== -1 };
  }

  async #more(): Promise<boolean> {
    do {
      const bytes = await this.#read();
      if (bytes === null) return false;
      this.#bytes = bytes;
      this.#text = null;
      this.#taken = 0;
    } while (this.#bytes.length === 0);
    return true;
  }
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}

function lineOf(text: string, most: number): string {
  if (text.length > most) throw tooLong();
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function tooLong(): InvalidAnswer {
  return new InvalidAnswer("a line or the header is too long");
}
