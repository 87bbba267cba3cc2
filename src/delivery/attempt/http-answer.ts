import { InvalidAnswer, NoAnswer } from "./answer-errors.ts";
import { AnswerHeaders } from "./answer-headers.ts";
import type { Arrivals } from "./arrivals.ts";

/*
 * HTTP/1.1 answers (RFC 9112) as they come over a socket, read strictly. Whatever a receiver sends without end is bounded
 * here by what it has sent, since no time limit is met while there is always more to read.
 */

/** What all heads of an answer may have together. Servers and clients allow 8 to 128 KiB, and a hundred lines or two. */
const MAX_HEAD_BYTES = 128 * 1024;
const MAX_HEADER_LINES = 1000;

/** A receiver that says more often than this that its answer will come never gives one. */
const MAX_INTERIM_HEADS = 32;

/** The sizes of a body's chunks with their extensions, and its trailer: of 16 KiB in chunks of one byte it is 96 KiB. */
const MAX_FRAMING_BYTES = 256 * 1024;

/** Chunks that have arrived are read together up to this: one by one, 16 KiB of one byte each would hold the thread. */
const GATHERED_BYTES = 4096;

/** What of an answer an attempt looks at; `fetch`'s `Response` is one. */
export interface ReceiverResponse {
  status: number;
  headers: Iterable<[name: string, value: string]> & { get(name: string): string | null };
  body: AnswerBody | null;
  /** How long the receiver took, where it says so itself; milliseconds. */
  durationMs?: number;
}

/** What of a stream is used to read a body. */
export interface AnswerBody {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  cancel(): Promise<void>;
}

export interface Head {
  status: number;
  headers: AnswerHeaders;
  /** Whether the connection stays open for more, once the body has been read. */
  isPersistent: boolean;
}

/** What may still come before the body. */
interface Allowance {
  bytes: number;
  lines: number;
}

/** The head of the answer, past those that only say that it will come (1xx). Throws InvalidAnswer or NoAnswer. */
export async function readHead(arrivals: Arrivals): Promise<Head> {
  const allowance = { bytes: MAX_HEAD_BYTES, lines: MAX_HEADER_LINES };
  for (let n = 0; n <= MAX_INTERIM_HEADS; n++) {
    const head = await readOneHead(arrivals, allowance);
    if (head.status >= 200 || head.status === 101) return head;
  }
  throw new InvalidAnswer("it says without end that an answer will come");
}

async function readOneHead(arrivals: Arrivals, allowance: Allowance): Promise<Head> {
  let first = "";
  // Servers that end a body one line too late are met by ignoring that line (RFC 9112, 2.2).
  for (let n = 0; n < 4 && first === ""; n++) first = await headLine(arrivals, allowance);
  const { status, isPersistent } = readStatusLine(first);
  const headers = new AnswerHeaders();
  let previous: string | null = null;
  for (;;) {
    const given = headLine(arrivals, allowance);
    const line = typeof given === "string" ? given : await given;
    if (line === "") break;
    // A line that goes on with the value before it, which no server may begin with any more (RFC 9112, 5.2).
    if (previous !== null && isBlank(line.charCodeAt(0)) && !FORBIDDEN_IN_VALUE.test(line)) {
      headers.goOn(previous, withoutBlanks(line));
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!FIELD_NAME.test(name) || FORBIDDEN_IN_VALUE.test(line))
      throw new InvalidAnswer("a header that HTTP forbids");
    headers.append(name, withoutBlanks(line.slice(colon + 1)));
    previous = name;
  }
  lengthOf(headers);
  return { status, headers, isPersistent: isPersistent(headers) };
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r]/;

function headLine(arrivals: Arrivals, allowance: Allowance): string | Promise<string> {
  const count = (line: string) => {
    allowance.bytes -= line.length + 1;
    if (--allowance.lines < 0) throw new InvalidAnswer("too many lines before the body");
    return line;
  };
  const line = arrivals.line(allowance.bytes);
  return typeof line === "string" ? count(line) : line.then(count);
}

/** Without the spaces and tabs around it; in steps by its length, which no pattern for it is. */
function withoutBlanks(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value.charCodeAt(from))) from++;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function readStatusLine(line: string): {
  status: number;
  isPersistent(headers: AnswerHeaders): boolean;
} {
  const parts = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: .*)?$/.exec(line);
  if (parts) {
    const isOld = parts[1] === "0";
    return {
      status: Number(parts[2]),
      isPersistent: (headers) => {
        const connection = headers.get("connection")?.toLowerCase() ?? "";
        // Both would leave open where the body ends.
        const isFramedTwice =
          headers.get("transfer-encoding") !== null && headers.get("content-length") !== null;
        return !isFramedTwice && (isOld ? connection === "keep-alive" : !/\bclose\b/.test(connection));
      },
    };
  }
  // `HTTP/2 200`, `ICY 200 OK`: an answer, in another protocol. A banner, as of SSH, answers nothing.
  if (/^HTTP/i.test(line) || /^\S+ \d{3}(?: |$)/.test(line))
    throw new InvalidAnswer("no status line of HTTP/1.1");
  throw new NoAnswer("what came is not HTTP");
}

/**
 * The body behind a head, as its headers frame it (RFC 9112, 6.3); null where the status has none. Reading breaks where
 * the connection ends too early.
 * @param onEnd called once when nothing more is read of it; whether it was read to an end that its framing told
 */
export function bodyOf(
  { status, headers }: Head,
  arrivals: Arrivals,
  onEnd: (isWhole: boolean) => void,
): AnswerBody | null {
  const codings = transferCodings(headers);
  const length = lengthOf(headers);
  if (status === 101 || status === 204 || status === 304 || (codings === null && length === 0)) {
    // Some send a body where there is none: what they announced may come late, and be read as the next answer.
    onEnd(status !== 101 && codings === null && (length ?? 0) === 0);
    return null;
  }
  const isChunked = codings !== null && /(^|,)\s*chunked$/.test(codings);
  if (isChunked) return framedBody(byChunk(arrivals), true, onEnd);
  if (codings === null && length !== null) return framedBody(byLength(arrivals, length), true, onEnd);
  return framedBody(() => arrivals.read(Number.POSITIVE_INFINITY), false, onEnd);
}

/** Null = none; `identity` said that in RFC 2616, and some servers say so still. */
function transferCodings(headers: AnswerHeaders): string | null {
  const codings = headers.get("transfer-encoding")?.trim().toLowerCase() ?? null;
  return codings === "identity" ? null : codings;
}

function framedBody(
  next: () => Promise<Uint8Array | null>,
  hasEnd: boolean,
  onEnd: (isWhole: boolean) => void,
): AnswerBody {
  let isOver = false;
  const end = (isWhole: boolean) => {
    if (isOver) return;
    isOver = true;
    onEnd(isWhole);
  };
  const read = async () => {
    if (isOver) return { done: true };
    try {
      const value = await next();
      if (value !== null) return { done: false, value };
      end(hasEnd);
      return { done: true };
    } catch (error) {
      end(false);
      throw error;
    }
  };
  const cancel = async () => end(false);
  return { getReader: () => ({ read, cancel }), cancel };
}

function lengthOf(headers: AnswerHeaders): number | null {
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
    const bytes = await arrivals.read(left);
    if (bytes === null) throw new NoAnswer("the connection ended within the body");
    left -= bytes.length;
    return bytes;
  };
}

function byChunk(arrivals: Arrivals): () => Promise<Uint8Array | null> {
  let left = 0;
  let isFirst = true;
  let framingBytes = MAX_FRAMING_BYTES;
  /** The next chunk, where all of it has arrived and nothing is wrong with it. */
  const wholeChunk = (): Uint8Array | null => {
    const [end, line] = [arrivals.lineAtHand(), arrivals.lineAtHand()];
    const size = end === "" && line !== null ? (sizeOf(line) ?? 0) : 0;
    const cost = 1 + (line?.length ?? 0) + 1;
    const bytes = size > 0 && cost <= framingBytes ? arrivals.takeAtHand(size) : null;
    if (bytes !== null) framingBytes -= cost;
    return bytes;
  };
  const framingLine = async () => {
    const line = await arrivals.line(framingBytes);
    framingBytes -= line.length + 1;
    return line;
  };
  const nextPart = async () => {
    if (left === 0) {
      if (!isFirst && (await framingLine()) !== "") throw new InvalidAnswer("no end of a chunk");
      isFirst = false;
      const size = sizeOf(await framingLine());
      if (size === null) throw new InvalidAnswer("no size of a chunk");
      left = size;
      if (left === 0) {
        for (let lines = 0; (await framingLine()) !== ""; lines++)
          if (lines === MAX_HEADER_LINES) throw new InvalidAnswer("a trailer without end");
        return null;
      }
    }
    const bytes = await arrivals.read(left);
    if (bytes === null) throw new NoAnswer("the connection ended within the body");
    left -= bytes.length;
    return bytes;
  };
  return async () => {
    const first = await nextPart();
    if (first === null || left > 0) return first;
    const parts = [first];
    for (let size = first.length; size < GATHERED_BYTES; ) {
      const more = arrivals.atHand(wholeChunk);
      if (more === null) break;
      parts.push(more);
      size += more.length;
    }
    return parts.length === 1 ? first : Buffer.concat(parts);
  };
}

function sizeOf(line: string): number | null {
  const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line);
  return size && Number.parseInt(size[1] as string, 16);
}
