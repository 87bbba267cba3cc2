/** What one read takes at most. Without a buffer to read into workerd gives 4 KiB at a time, each as costly as this. */
const PART_BYTES = 64 * 1024;

/** A body, part by part as it arrives. */
export class BodyParts {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>;
  #buffer = new ArrayBuffer(0);

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = readerOf(body);
  }

  /** What came next, to be used before the next call; null = the end. Rejects where it broke off. */
  async next(): Promise<Uint8Array | null> {
    const { done, value } = await this.#read();
    return done || value === undefined ? null : value;
  }

  /** Ends it for its sender as well. */
  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  /** Somebody else reads the rest. */
  release(): void {
    this.#reader.releaseLock();
  }

  async #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const reader = this.#reader;
    if (!(reader instanceof ReadableStreamBYOBReader)) return reader.read();
    if (this.#buffer.byteLength === 0) this.#buffer = new ArrayBuffer(PART_BYTES);
    const read = await reader.read(new Uint8Array(this.#buffer));
    // The memory went along, and comes back.
    this.#buffer = read.value?.buffer ?? this.#buffer;
    return read;
  }
}

/** Every body that arrives is a stream of bytes; one that a program wrote may be another. */
function readerOf(body: ReadableStream<Uint8Array>) {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return body.getReader();
    throw error;
  }
}
