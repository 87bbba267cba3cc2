import type { Deadlines } from "../../deadlines.ts";
import type { SenderSession } from "../../domain/object-faces.ts";
import type { Sent, SentAnswer, SentRequest } from "../../domain/sending-messages.ts";
import { logLine } from "../../service-log.ts";

/** How long it may take to begin, and to hear of a request whose time is over, milliseconds. */
const OPENS_MS = 10_000;
const ANSWERS_MS = 5000;

/** How long a sender rests that was lost; each further time twice as long. Other connections send meanwhile. */
const RESTS_MS = 1000;
const LONGEST_REST_MS = 60_000;

/** A session is one invocation of its sender, which may make 10,000 requests, and have 30 s of CPU time. */
const SENT_PER_SESSION = 1000;

/** A sender was lost, or did not answer: nobody knows whether the request was made. */
export class SenderLost extends Error {}

/** What a sender's session is to its endpoint. */
export type OpenSession = Pick<SenderSession, "send"> & Disposable;

export interface LinkPort {
  /** Names the sender in the service's log. */
  name: string;
  /** Begins a session; `isFurther`: what one before it makes goes on. */
  open(isFurther: boolean): Promise<OpenSession>;
  deadlines: Deadlines;
  nowMs(): number;
}

/** A session, and what was asked of it. */
interface Opened {
  session: OpenSession;
  sent: number;
  underWay: number;
  isClosed: boolean;
}

/**
 * An endpoint's way through one of its senders: a session for as long as there is something to send. One that has done what it may
 * ends what it has under way beside the next one.
 */
export class SenderLink {
  readonly #port: LinkPort;
  /** The one that requests go by now. */
  #opened: Opened | null = null;
  #isOpening = false;
  /** Sessions that were lost in a row. */
  #losses = 0;
  #restsUntil = 0;
  /** Attempts that have a connection of this sender's. */
  busy = 0;

  constructor(port: LinkPort) {
    this.#port = port;
  }

  /** Whether it has a session, or will have one soon. */
  get isBegun(): boolean {
    return this.#opened !== null || this.#isOpening;
  }

  /** Whether it can take an attempt, if it has a connection left. */
  get isUsable(): boolean {
    return this.#opened !== null && !this.isSpent && !this.#rests;
  }

  /** Whether its session has done what one invocation may do. */
  get isSpent(): boolean {
    return this.#opened !== null && this.#opened.sent >= SENT_PER_SESSION;
  }

  /** Whether a session may be begun now: the first one, or the one after what is spent. */
  get mayOpen(): boolean {
    return !this.#isOpening && (this.#opened === null || this.isSpent) && !this.#rests;
  }

  get #rests(): boolean {
    return this.#restsUntil > this.#port.nowMs();
  }

  /** Begins a session, and calls `onOpen` once there is one. */
  async open(onOpen: () => void): Promise<void> {
    this.#isOpening = true;
    const opening = this.#port.open(this.#opened !== null);
    try {
      const session = await this.#port.deadlines.within(OPENS_MS, opening);
      const before = this.#opened;
      this.#opened = { session, sent: 0, underWay: 0, isClosed: false };
      if (before !== null) this.#closeIfDone(before);
    } catch (error) {
      // One that comes too late is not used.
      opening.then((late) => late[Symbol.dispose]()).catch(() => {});
      this.#noteLost(error);
      return;
    } finally {
      this.#isOpening = false;
    }
    onOpen();
  }

  /** Has the sender make a request. Throws SenderLost. */
  async send(request: SentRequest): Promise<Sent> {
    const answer = await this.#answer(request);
    if (answer.outcome === "ended") this.#rest();
    else this.#losses = 0;
    // Others send as much as there is memory for: that passes within moments.
    if (answer.outcome === "full") this.#restsUntil = this.#port.nowMs() + RESTS_MS;
    if (answer.outcome === "full" || answer.outcome === "ended") throw new SenderLost(answer.outcome);
    return answer;
  }

  async #answer(request: SentRequest): Promise<SentAnswer> {
    const by = this.#opened;
    if (by === null) throw new SenderLost("it has no session any more");
    by.sent++;
    by.underWay++;
    try {
      return await this.#port.deadlines.within(request.timeoutMs + ANSWERS_MS, by.session.send(request));
    } catch (error) {
      // Each that is under way in it hears of it.
      if (this.#opened === by) {
        this.#noteLost(error);
        this.close();
      }
      throw new SenderLost(String(error));
    } finally {
      by.underWay--;
      this.#closeIfDone(by);
    }
  }

  /** Lets go of the session, so that its sender can sleep once nothing is under way there. */
  close(): void {
    const opened = this.#opened;
    this.#opened = null;
    if (opened !== null) closeOnce(opened);
  }

  /** One that another has followed is kept for as long as something is under way in it. */
  #closeIfDone(opened: Opened): void {
    if (opened !== this.#opened && opened.underWay === 0) closeOnce(opened);
  }

  /**
   * What a spent session has under way may end well, where the further one does not begin. Where that was lost itself, the next one is
   * the first of all again: its sender ends whatever it has under way, or it would make what was lost beside it.
   */
  #noteLost(error: unknown): void {
    logLine("warn", "a sender was lost", { sender: this.#port.name, error });
    this.#rest();
  }

  #rest(): void {
    this.#restsUntil = this.#port.nowMs() + Math.min(RESTS_MS * 2 ** this.#losses++, LONGEST_REST_MS);
  }
}

function closeOnce(opened: Opened): void {
  if (!opened.isClosed) opened.session[Symbol.dispose]();
  opened.isClosed = true;
}
