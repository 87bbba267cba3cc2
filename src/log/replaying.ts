import type { IdempotentRequest, KnownAnswer } from "../domain/idempotency.ts";
import type { NoteReplayAnswer } from "../domain/messages.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  ReplaySelection,
} from "../domain/replay-messages.ts";
import { firstAnswer } from "../idempotency/objects.ts";
import type { LogParts } from "./parts.ts";
import { chosenShape, noteReplay } from "./replay/note-replay.ts";
import { startReplay, startReplays } from "./replay/start-replays.ts";

/** How a log begins replays: of an event by its endpoints, and of many by jobs of its own. See `EventLogObject`. */
export class LogReplaying {
  readonly #parts: LogParts;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  notedReplay(request: IdempotentRequest): KnownAnswer<string[]> {
    return firstAnswer(this.#parts.storage.sql, chosenShape, request, this.#nowMs());
  }

  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer {
    return noteReplay(this.#parts, position, endpointIds, request, this.#nowMs());
  }

  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    isDryRun: boolean,
    startedBy: string | null,
    request?: IdempotentRequest,
  ): Promise<CreateReplayAnswer> {
    return startReplay(this.#startPort, endpointId, selection, isDryRun, startedBy, request);
  }

  createReplays(
    endpointIds: string[] | null,
    selection: ReplaySelection,
    isDryRun: boolean,
    startedBy: string | null,
    request?: IdempotentRequest,
  ): Promise<CreateReplayBatchAnswer> {
    return startReplays(this.#startPort, endpointIds, selection, isDryRun, startedBy, request);
  }

  get #startPort() {
    return { ...this.#parts, nowMs: () => this.#nowMs() };
  }

  #nowMs(): number {
    return this.#parts.surroundings.nowMs();
  }
}
