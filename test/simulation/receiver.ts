import { outputGate, outsideOfLives } from "./life.ts";
import type { World } from "./world.ts";

/** A request as it came to a receiver. */
export interface Arrival {
  /** Milliseconds since the world's start. */
  at: number;
  endpoint: string;
  event: number;
  sequence: number;
  attempt: number;
  isReplay: boolean;
  /** What was answered; null = nothing. */
  status: number | null;
}

/** How a receiver behaves for a while. */
export type Mood = "well" | "flapping" | "down" | "hanging" | "resetting" | "slow" | "busy" | "gone";

/** The receivers of all endpoints, and the network to them. */
export class Receivers {
  readonly #world: World;
  readonly arrivals: Arrival[] = [];
  readonly #moods = new Map<string, Mood>();
  /** Open requests by endpoint, now and at their most. */
  readonly #open = new Map<string, number>();
  readonly mostOpen = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
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
      fetch: async (url: string, init: RequestInit & { headers: Record<string, string>; body: string }) => {
        await outputGate();
        return outsideOfLives(() => this.#receive(url, init));
      },
      connect: () => {
        throw new Error("Network connection lost.");
      },
    };
    return fetcher as unknown as Fetcher;
  }

  async #receive(
    url: string,
    init: RequestInit & { headers: Record<string, string>; body: string },
  ): Promise<Response> {
    const { chance } = this.#world;
    const path = new URL(url).pathname;
    const open = (this.#open.get(path) ?? 0) + 1;
    this.#open.set(path, open);
    this.mostOpen.set(path, Math.max(open, this.mostOpen.get(path) ?? 0));
    try {
      await this.#passes(chance.between(0.2, 3), init.signal);
      const mood = this.#moods.get(path) ?? "well";
      const arrival = this.#arrived(path, init);
      switch (mood === "flapping" ? chance.pick(["well", "down", "resetting", "slow"] as const) : mood) {
        case "well":
          await this.#passes(chance.between(1, 60), init.signal);
          return answered(arrival, 200);
        case "down":
          return answered(arrival, 500);
        case "busy":
          return answered(arrival, 429, { "retry-after": String(1 + chance.below(5)) });
        case "gone":
          return answered(arrival, 410);
        case "resetting":
          throw new Error("Network connection lost.");
        case "slow":
          await this.#passes(chance.between(2000, 15_000), init.signal);
          return answered(arrival, 200);
        case "hanging":
          await this.#passes(3_600_000, init.signal);
          return answered(arrival, 200);
        default:
          throw new Error(`no such mood: ${mood}`);
      }
    } finally {
      this.#open.set(path, (this.#open.get(path) ?? 1) - 1);
    }
  }

  /** Time passes, unless the sender gives up. */
  async #passes(milliseconds: number, signal: AbortSignal | null | undefined): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(new DOMException("The operation was aborted", "AbortError"));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await Promise.race([this.#world.sleep(milliseconds), aborted.promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #arrived(path: string, { headers, body }: { headers: Record<string, string>; body: string }): Arrival {
    const sent = JSON.parse(body) as { sequence: number; data: { n: number } };
    const arrival: Arrival = {
      at: this.#world.elapsedMs,
      endpoint: path.slice(1),
      event: sent.data.n,
      sequence: sent.sequence,
      attempt: Number(headers["Atlas-Attempt"]),
      isReplay: headers["Atlas-Replay"] === "true",
      status: null,
    };
    this.arrivals.push(arrival);
    this.#world.note(
      `arrives ${arrival.endpoint} event ${arrival.event} seq ${arrival.sequence} attempt ${arrival.attempt}`,
    );
    return arrival;
  }
}

function answered(arrival: Arrival, status: number, headers: Record<string, string> = {}): Response {
  arrival.status = status;
  return new Response(null, { status, headers });
}
