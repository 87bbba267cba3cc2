import { setTimeout as wait } from "node:timers/promises";
import type { ListenMessage } from "../../contract/listen.ts";
import { ActiveTime } from "./active-time.ts";
import { Answers } from "./answers.ts";
import { type AppAnswer, type AttemptRequest, callApp } from "./app.ts";
import { settleable } from "./settleable.ts";
import type { Show } from "./shown-attempt.ts";
import { ListenSocket, type Refusal } from "./socket.ts";
import type { Targets } from "./targets.ts";

/** How long the service may take to let the first socket open, and to say that it heard of the leaving. */
const LEAVING_MS = 2000;

/** What no route takes was not wanted: it is done with. */
const NOT_ROUTED: AppAnswer = { status: 204, headers: {}, body: "", duration_ms: 0 };

interface SessionOptions {
  url: string;
  key: string;
  endpointId: string;
  targets: Targets;
  show: Show;
}

/** One endpoint's events to an app, over as many sockets as that takes. */
export class ListenSession {
  readonly #targets: Targets;
  readonly #show: Show;
  readonly #time = new ActiveTime();
  readonly #answers = new Answers();
  readonly #socket: ListenSocket;
  readonly #opened = settleable<void>();
  #left = (): void => {};

  constructor({ url, key, endpointId, targets, show }: SessionOptions) {
    this.#targets = targets;
    this.#show = show;
    this.#socket = new ListenSocket({ url, key, endpointId }, this.#time, {
      onOpen: () => this.#opened.resolve(),
      onMessage: (message) => this.#hear(message),
      onDown: (againInMs) => show.showDown(againInMs),
    });
  }

  /** Until it is ended, or the service refuses it; null = it was ended. */
  async run(): Promise<Refusal | null> {
    try {
      return await this.#socket.run();
    } finally {
      this.#time.stop();
    }
  }

  /** Tells the service that nobody comes back soon; whether it heard of it, and paused the endpoint. */
  async leave(): Promise<void> {
    // What ends before the first socket is open would leave an endpoint enabled that nobody listens to.
    await Promise.race([this.#opened.promise, wait(LEAVING_MS, undefined, { ref: false })]);
    const left = new Promise<void>((resolve) => {
      this.#left = resolve;
      setTimeout(resolve, LEAVING_MS).unref();
    });
    if (this.#socket.send({ type: "leave" })) await left;
  }

  stop(): void {
    this.#socket.stop();
  }

  #hear(message: ListenMessage): void {
    if (message.type === "hello" || message.type === "listeners") this.#show.showUp(message.listeners);
    else if (message.type === "left") this.#left();
    else if (message.type === "request") void this.#attempt(message);
  }

  async #attempt(request: AttemptRequest): Promise<void> {
    const target = this.#targets.of(request.event_type);
    const { answer: coming, isFirst } = this.#answers.of(request, async () =>
      target === null ? NOT_ROUTED : callApp(target, request, this.#time),
    );
    const answer = await coming;
    // One that does not arrive is asked for again.
    this.#socket.send({ type: "answer", id: request.id, ...answer });
    if (isFirst) this.#show.showAttempt({ at: new Date(), request, target: target?.href ?? null, answer });
  }
}
