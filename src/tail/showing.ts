import type { Surroundings } from "../domain/surroundings.ts";
import { logRetried } from "../service-log.ts";
import type { Frame } from "./frames.ts";
import type { Reached } from "./reach.ts";
import { CLOSED, TailSocket } from "./sockets.ts";

/** Shows those who watch what was told: each the part that they reach and want to see. */
export class Showing {
  readonly #ctx: DurableObjectState;
  readonly #surroundings: Surroundings;
  readonly #reached: Reached;
  readonly #epoch: () => string;

  constructor(ctx: DurableObjectState, surroundings: Surroundings, reached: Reached, epoch: () => string) {
    this.#ctx = ctx;
    this.#surroundings = surroundings;
    this.#reached = reached;
    this.#epoch = epoch;
  }

  /** Never rejects. */
  async showToAll(frame: Frame): Promise<void> {
    const sockets = TailSocket.all(this.#ctx);
    try {
      await this.showTo(sockets, frame, this.#surroundings.nowMs());
    } catch (error) {
      // They come back with the last cursor, and get it then.
      logRetried("warn", "a hub could not show what it was told", { workspace: this.#ctx.id.name, error });
      for (const socket of sockets) socket.close(CLOSED.failed);
    }
  }

  /** Rejects where D1 does not answer what a portal session reaches. */
  async showTo(sockets: readonly TailSocket[], frame: Frame, nowMs: number): Promise<void> {
    const endpointIds = [...new Set(frame.reports.map(({ endpointId }) => endpointId))];
    await this.#reached.learn(
      sockets.map(({ watcher }) => watcher),
      endpointIds,
      nowMs,
    );
    for (const socket of sockets) {
      const { scope, workspaceId } = socket.watcher;
      const reaches = (id: string) => this.#reached.has(scope, workspaceId, id);
      socket.show(frame, this.#epoch(), reaches, nowMs, this.#surroundings);
    }
  }
}
