import type { Mood } from "./action.ts";
import { currentErrand, currentLife, type Errand, going, outsideOfLives } from "./life.ts";
import { keyOfEvent, POISONED_KEY } from "./order-by-key.ts";
import type { World } from "./world.ts";

/** A request as it came to a receiver. Times are milliseconds since the world's start. */
export interface Arrival {
  /** The endpoint whose it is, and in which of its object's lives. */
  endpoint: string;
  life: number;
  /** The object that sent it, by its name and life: the endpoint's, or a sender. */
  sentBy: string;
  /** What the sender did for the endpoint's object; null = that sent it itself. */
  errand: Errand | null;
  /** When the object sent it, and when that left: what was written before had to be on disk. */
  askedAt: number;
  sentAt: number;
  /** When it came; null = it was lost on its way. */
  at: number | null;
  /** When the answer left, or the connection broke, or the sender gave up; null = it is still open. */
  endedAt: number | null;
  status: number | null;
  /** Whether its sender gave up before the end of the answer's body. */
  isUnread: boolean;
  /** What `Retry-After` asked for, milliseconds. */
  holdMs: number;
  eventId: string | null;
  /** From the event's data; null = it is none of the publishers' (a test, an operational event). */
  n: number | null;
  /** 0 = a test; null = its dialect sends none. */
  sequence: number | null;
  attempt: number | null;
  headers: Record<string, string>;
  body: string;
}

type Sent = RequestInit & { headers: Record<string, string>; body: string };

/** The receivers of all endpoints, and the network to them. */
export class Receivers {
  readonly #world: World;
  readonly arrivals: Arrival[] = [];
  /** What its sender gave up before it left: attempts all the same. */
  readonly neverLeft: Arrival[] = [];
  readonly #moods = new Map<string, Mood>();

  /** Told of each point that is reached. */
  readonly #count: (point: string) => void;

  constructor(world: World, count: (point: string) => void) {
    this.#world = world;
    this.#count = count;
  }

  /** Moods are by path: each endpoint has its own. */
  set(path: string, mood: Mood): void {
    this.#moods.set(path, mood);
  }

  everybodyIsWell(): void {
    this.#moods.clear();
  }

  /** The way out of the objects. */
  get binding(): Fetcher {
    const fetcher = {
      fetch: (url: string, init: Sent) => {
        const askedAt = this.#world.elapsedMs;
        const arrival = this.#arrivalOf(init, askedAt);
        init.signal?.addEventListener("abort", () => {
          arrival.endedAt ??= this.#world.elapsedMs;
        });
        const sent = going(async () => {
          if (init.signal?.aborted) this.neverLeft.push(arrival);
          init.signal?.throwIfAborted();
          arrival.sentAt = this.#world.elapsedMs;
          this.arrivals.push(arrival);
          const received = outsideOfLives(() => this.#receive(new URL(url).pathname, arrival, init.signal));
          return received.finally(() => {
            arrival.endedAt = this.#world.elapsedMs;
          });
        });
        return unlessAborted(sent, init.signal);
      },
      connect: () => {
        throw new Error("Network connection lost.");
      },
    };
    return fetcher as unknown as Fetcher;
  }

  async #receive(path: string, arrival: Arrival, signal: AbortSignal | null | undefined): Promise<Response> {
    const { chance } = this.#world;
    const passes = (from: number, to: number) => this.#passes(chance.between(from, to), signal);
    await passes(0.2, 3);
    arrival.at = this.#world.elapsedMs;
    const { endpoint, n, sequence, attempt } = arrival;
    this.#world.note(`arrives ${path} ${endpoint} event ${n} sequence ${sequence} attempt ${attempt}`);
    const mood = this.#moods.get(path) ?? "well";
    this.#count(`receiver ${mood}`);
    switch (mood === "flapping" ? chance.pick(["well", "down", "resetting", "slow"] as const) : mood) {
      case "poisoned":
        await passes(1, 60);
        return this.#answer(arrival, n !== null && keyOfEvent(n) === POISONED_KEY ? 500 : 200);
      case "down":
        return this.#answer(arrival, 500);
      case "busy": {
        const seconds = 1 + chance.below(5);
        arrival.holdMs = seconds * 1000;
        return this.#answer(arrival, 429, { "retry-after": String(seconds) });
      }
      case "gone":
        return this.#answer(arrival, 410);
      case "redirecting":
        return this.#answer(arrival, 302, { location: "https://elsewhere.example.com/" });
      case "resetting":
        throw new Error("Network connection lost.");
      case "slow":
        await passes(2000, 15_000);
        break;
      case "hanging":
        await passes(3_600_000, 3_600_000);
        break;
      case "dripping":
        return this.#answer(arrival, 200, {}, this.#body(arrival, 20, 1000, 16, signal));
      case "huge":
        return this.#answer(arrival, 500, {}, this.#body(arrival, 64, 1, 64 * 1024, signal));
      default:
        await passes(1, 60);
    }
    return this.#answer(arrival, 200);
  }

  #answer(
    arrival: Arrival,
    status: number,
    headers: Record<string, string> = {},
    body: ReadableStream | null = null,
  ): Response {
    arrival.status = status;
    return new Response(body, { status, headers });
  }

  /** A body that comes in pieces, until its reader gives up. */
  #body(
    arrival: Arrival,
    pieces: number,
    everyMs: number,
    bytes: number,
    signal: AbortSignal | null | undefined,
  ): ReadableStream {
    let left = pieces;
    return new ReadableStream({
      pull: async (to) => {
        try {
          await outsideOfLives(() => this.#passes(everyMs, signal));
        } catch (error) {
          arrival.isUnread = true;
          arrival.endedAt = this.#world.elapsedMs;
          throw error;
        }
        if (left-- > 0) to.enqueue(new Uint8Array(bytes).fill(46));
        else to.close();
      },
    });
  }

  /** Time passes, unless the sender gives up. */
  #passes(milliseconds: number, signal: AbortSignal | null | undefined): Promise<void> {
    return unlessAborted(this.#world.sleep(milliseconds), signal);
  }

  #arrivalOf({ headers, body }: Sent, askedAt: number): Arrival {
    const by = currentLife();
    const errand = currentErrand() ?? null;
    const life = errand === null ? by : errand.caller;
    const parsed = JSON.parse(body) as unknown;
    // A voice trigger is its data alone, in a list.
    const envelope = (Array.isArray(parsed) ? { data: parsed[0] } : parsed) as {
      id?: string;
      sequence?: number;
      data?: { n?: number };
    };
    const attempt = headers["Atlas-Attempt"];
    return {
      ...{ askedAt: errand?.askedAt ?? askedAt, errand, sentBy: `${by?.name} ${by?.number}` },
      ...{ endpoint: life?.name ?? "", life: life?.number ?? 0, sentAt: askedAt, at: null },
      ...{
        endedAt: null,
        status: null,
        isUnread: false,
        holdMs: 0,
        eventId: envelope.id ?? headers["webhook-id"] ?? null,
        n: envelope.data?.n ?? null,
      },
      ...{ sequence: envelope.sequence ?? null, attempt: attempt === undefined ? null : Number(attempt) },
      ...{ headers, body },
    };
  }
}

/** What a promise comes to, unless the sender gives up before. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(new DOMException("The operation was aborted", "AbortError"));
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
