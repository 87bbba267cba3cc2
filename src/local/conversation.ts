import { ClientFrames } from "./client-frames.ts";
import { endOfHead } from "./request-head.ts";

/**
 * How workerd's answer to a request for a WebSocket begins, be it behind another answer. With the end of its line: in JSON,
 * which bodies are, that stands escaped.
 */
const SWITCHES = "HTTP/1.1 101 Switching Protocols\r\n";

/** A head may end across two chunks. */
const LONGEST_END = 3;

/**
 * What a caller and workerd say to each other, looked at for one thing: the caller's messages over a WebSocket. They are
 * bounded here, since workerd keeps 32 MiB of each that is not whole yet, and handles as many as there come.
 */
export class Conversation {
  /** What the caller has said since workerd spoke last: part of a head, exactly one, or more than one. */
  #asked: "part" | "head" | "more" = "part";
  #end = Buffer.alloc(0);
  #frames: ClientFrames | null = null;

  /** Hears the caller; false: this must not go on to workerd, and the caller is to be cut off. */
  asks(chunk: Buffer): boolean {
    if (this.#frames !== null) return this.#frames.areWithinLimits(chunk);
    if (this.#asked !== "part") {
      this.#asked = "more";
      return true;
    }
    const text = Buffer.concat([this.#end, chunk]);
    const end = endOfHead(text);
    if (end !== null) this.#asked = end === text.length ? "head" : "more";
    this.#end = text.subarray(-LONGEST_END);
    return true;
  }

  /** Hears workerd; false: it opens a WebSocket to one that did not wait for it, whose frames could not be told apart. */
  answers(chunk: Buffer): boolean {
    if (this.#frames !== null) return true;
    const isReady = this.#asked === "head";
    this.#asked = "part";
    this.#end = Buffer.alloc(0);
    if (!chunk.includes(SWITCHES)) return true;
    this.#frames = new ClientFrames();
    return isReady;
  }
}
