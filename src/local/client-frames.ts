/** Far above a listener's answer, 16 KiB of a body in base64 and headers; what else is too long the service refuses in words. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Frames that a client may send at once, and in each second after that: a listener answers some hundreds of requests a
 * second, others send a ping now and then. workerd handles frames before anything else, so without end they are all it does.
 */
const FRAMES_AT_ONCE = 2000;
const FRAMES_PER_SECOND = 1000;

const IS_LAST = 0x80;
const IS_CONTROL = 0x08;
const IS_MASKED = 0x80;

/**
 * The frames that the client of a WebSocket sends (RFC 6455, 5.2), looked at for their lengths alone. workerd takes
 * messages of 32 MiB, and keeps each until it is whole.
 */
export class ClientFrames {
  #header: number[] = [];
  /** Bytes still to come of the frame whose header was read last. */
  #left = 0;
  #messageBytes = 0;
  #mayCome = FRAMES_AT_ONCE;
  #countedAt = performance.now();

  /** Hears what came next; false once a message is longer than any that the service takes, or frames come too often. */
  areWithinLimits(chunk: Uint8Array): boolean {
    const now = performance.now();
    const regained = ((now - this.#countedAt) / 1000) * FRAMES_PER_SECOND;
    this.#mayCome = Math.min(FRAMES_AT_ONCE, this.#mayCome + regained);
    this.#countedAt = now;
    let at = 0;
    while (at < chunk.length) {
      const passed = Math.min(this.#left, chunk.length - at);
      this.#left -= passed;
      at += passed;
      if (at === chunk.length) break;
      this.#header.push(chunk[at++] as number);
      const length = lengthAfter(this.#header);
      if (length === null) continue;
      if (--this.#mayCome < 0) return false;
      const [first = 0] = this.#header;
      this.#header = [];
      const isControl = (first & IS_CONTROL) !== 0;
      if (!isControl) this.#messageBytes += length;
      if (Math.max(length, this.#messageBytes) > MAX_MESSAGE_BYTES) return false;
      if (!isControl && (first & IS_LAST) !== 0) this.#messageBytes = 0;
      this.#left = length;
    }
    return true;
  }
}

/** How long the payload behind a frame's header is; null where the header goes on. */
function lengthAfter(header: readonly number[]): number | null {
  const [, second] = header;
  if (second === undefined) return null;
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  if (header.length < 2 + extended + ((second & IS_MASKED) === 0 ? 0 : 4)) return null;
  if (extended === 0) return short;
  return header.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0);
}
