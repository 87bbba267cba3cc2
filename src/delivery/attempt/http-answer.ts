/* HTTP/1.1 answers (RFC 9112) as they come over a socket: enough to read what a receiver says, strictly. */

/** More header bytes than this are no answer: servers and clients allow 8 to 64 KiB. */
const MAX_HEAD_BYTES = 256 * 1024;

/** A receiver that says more often than this that its answer will come never gives one. */
const MAX_INTERIM_HEADS = 32;

/** An answer came, and it is not one of HTTP/1.1. */
export class InvalidAnswer extends Error {}

/** The connection ended before the answer did, or what came is not HTTP at all. */
export class NoAnswer extends Error {}

/** What of an answer an attempt looks at; `fetch`'s `Response` is one. */
export type ReceiverResponse = Pick<Response, "status" | "headers" | "body"> & {
  /** How long the receiver took, where it says so itself; milliseconds. */
  durationMs?: number;
};

/** Bytes as they arrive, read by line and by length. */
export class Arrivals {
  readonly #read: () => Promise<ReadableStreamReadResult<Uint8Array>>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(read: () => Promise<ReadableStreamReadResult<Uint8Array>>) {
    this.#read = read;
  }

  /** At most `most` bytes, as soon as there are any; null = the connection has ended. */
  async take(most: number): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#read();
      if (done) return null;
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** The next line without its end, one character per byte. Throws where it is longer than `most` or does not end. */
  async line(most: number): Promise<string> {
    let line = "";
    for (;;) {
      const bytes = await this.take(Number.POSITIVE_INFINITY);
      if (bytes === null) throw new NoAnswer("the connection ended within a line");
      const end = bytes.indexOf(10);
      line += Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString("latin1");
      if (line.length > most) throw new InvalidAnswer("a line or the header is too long");
      if (end === -1) continue;
      // What was taken is the front of `#rest`: it is put back but for this line.
      this.#rest = bytes.subarray(end + 1);
      return line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  }
}

interface Head {
  status: number;
  headers: Headers;
}

/** The head of the answer, past those that only say that it will come (1xx). Throws InvalidAnswer or NoAnswer. */
export async function readHead(arrivals: Arrivals): Promise<Head> {
  for (let n = 0; n <= MAX_INTERIM_HEADS; n++) {
    const head = await readOneHead(arrivals);
    if (head.status >= 200 || head.status === 101) return head;
  }
  throw new InvalidAnswer("it says without end that an answer will come");
}

/** The next head, be it only an interim one. Throws InvalidAnswer or NoAnswer. */
export async function readOneHead(arrivals: Arrivals): Promise<Head> {
  let first = "";
  // Servers that end a body one line too late are met by ignoring that line (RFC 9112, 2.2).
  for (let n = 0; n < 4 && first === ""; n++) first = await arrivals.line(MAX_HEAD_BYTES);
  const status = statusOf(first);
  const headers = new Headers();
  let left = MAX_HEAD_BYTES;
  for (;;) {
    const line = await arrivals.line(left);
    if (line === "") {
      lengthOf(headers);
      return { status, headers };
    }
    left -= line.length;
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!field || /[\0\r]/.test(line)) throw new InvalidAnswer("a header that HTTP forbids");
    headers.append(field[1] as string, field[2] as string);
  }
}

function statusOf(line: string): number {
  const parts = /^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?$/.exec(line);
  if (parts) return Number(parts[1]);
  // `HTTP/2 200`, `ICY 200 OK`: an answer, in another protocol. A banner, as of SSH, answers nothing.
  if (/^HTTP/i.test(line) || /^\S+ \d{3}(?: |$)/.test(line))
    throw new InvalidAnswer("no status line of HTTP/1.1");
  throw new NoAnswer("what came is not HTTP");
}

/**
 * The body behind a head, as its headers frame it (RFC 9112, 6.3); null where the status has none. It breaks where the
 * connection ends too early. `end`: closes the connection, once nothing more is read of it.
 */
export function bodyOf(
  { status, headers }: Head,
  arrivals: Arrivals,
  end: () => void,
): ReadableStream<Uint8Array> | null {
  const codings = headers.get("transfer-encoding")?.toLowerCase() ?? null;
  const length = lengthOf(headers);
  if (status === 101 || status === 204 || status === 304 || (codings === null && length === 0)) {
    end();
    return null;
  }
  const next =
    codings === null
      ? length === null
        ? () => arrivals.take(Number.POSITIVE_INFINITY)
        : byLength(arrivals, length)
      : /(^|,)\s*chunked\s*$/.test(codings)
        ? byChunk(arrivals)
        : () => arrivals.take(Number.POSITIVE_INFINITY);
  return new ReadableStream({
    async pull(controller) {
      const bytes = await next();
      if (bytes !== null) return controller.enqueue(bytes);
      controller.close();
      end();
    },
    cancel: end,
  });
}

function lengthOf(headers: Headers): number | null {
  const value = headers.get("content-length");
  if (value === null) return null;
  const [length, ...others] = new Set(value.split(",").map((part) => part.trim()));
  if (length === undefined || others.length > 0 || !/^\d{1,15}$/.test(length))
    throw new InvalidAnswer("a Content-Length that is none");
  return Number(length);
}

function byLength(arrivals: Arrivals, length: number): () => Promise<Uint8Array | null> {
  let left = length;
  return async () => {
    if (left === 0) return null;
    const bytes = await arrivals.take(left);
    if (bytes === null) throw new NoAnswer("the connection ended within the body");
    left -= bytes.length;
    return bytes;
  };
}

/** A chunk's size, with extensions, and a trailer's line: no one needs more. */
const MAX_CHUNK_LINE = 4096;

function byChunk(arrivals: Arrivals): () => Promise<Uint8Array | null> {
  let left = 0;
  let isFirst = true;
  return async () => {
    if (left === 0) {
      if (!isFirst && (await arrivals.line(MAX_CHUNK_LINE)) !== "")
        throw new InvalidAnswer("no end of a chunk");
      isFirst = false;
      const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(await arrivals.line(MAX_CHUNK_LINE));
      if (!size) throw new InvalidAnswer("no size of a chunk");
      left = Number.parseInt(size[1] as string, 16);
      if (left === 0) {
        while ((await arrivals.line(MAX_CHUNK_LINE)) !== "");
        return null;
      }
    }
    const bytes = await arrivals.take(left);
    if (bytes === null) throw new NoAnswer("the connection ended within the body");
    left -= bytes.length;
    return bytes;
  };
}
