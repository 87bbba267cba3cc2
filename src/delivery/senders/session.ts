import { RpcTarget } from "cloudflare:workers";
import { MemoryBudget, type MemoryHolder, MIB } from "../../domain/memory-budget.ts";
import type { SenderSession } from "../../domain/object-faces.ts";
import type { SentAnswer, SentRequest } from "../../domain/sending-messages.ts";
import type { Network } from "../attempt/attempt.ts";
import { readBody } from "../attempt/receiver-answer.ts";

/** What the senders of an isolate send at a time: with the copies that this makes it is some three times as much, of 128 MB. */
const underWay = new MemoryBudget(24 * MIB);

/** All of it. */
export const sendingBudgets: readonly MemoryBudget[] = [underWay];

/** The requests that an endpoint has made by one of its senders, for as long as it holds on to this. */
export class Session extends RpcTarget implements SenderSession {
  readonly #network: Network;
  readonly #memory: MemoryHolder;
  readonly #underWay = new Set<AbortController>();
  #isOver = false;

  /** @param name the sender's */
  constructor(name: string, network: Network) {
    super();
    this.#network = network;
    this.#memory = underWay.holder(name, name, network.nowMs);
  }

  /** Makes a request, and answers as soon as that has ended. */
  async send(request: SentRequest): Promise<SentAnswer> {
    const bytes = request.body.length;
    if (!this.#memory.hasRoomFor(bytes)) return { outcome: "full" };
    this.#memory.hold(this.#memory.heldBytes + bytes);
    const controller = new AbortController();
    this.#underWay.add(controller);
    try {
      const answer = await this.#exchange(request, controller);
      if (this.#isOver) throw new Error("nobody waits for this request any more");
      return answer;
    } finally {
      this.#memory.hold(this.#memory.heldBytes - bytes);
      this.#underWay.delete(controller);
    }
  }

  async #exchange(
    { url, timeoutMs, mostBytes, ...options }: SentRequest,
    controller: AbortController,
  ): Promise<SentAnswer> {
    const { nowMs, deadlines } = this.#network;
    const { signal } = controller;
    const startedAt = nowMs();
    const endDeadline = deadlines.in(timeoutMs, () => controller.abort());
    const send = this.#network.sender({ endsAt: startedAt + timeoutMs, mostBytes });
    try {
      const response = await send(url, { ...options, signal });
      const { bytes, truncated, isBroken } = await readBody(response, mostBytes);
      const broken = signal.aborted ? "late" : "broken";
      return {
        outcome: "answered",
        status: response.status,
        headers: [...response.headers].map(([name, value]) => ({ name, value })),
        body: bytes,
        end: isBroken ? broken : truncated ? "cut" : "whole",
        durationMs: nowMs() - startedAt,
      };
    } catch (error) {
      const durationMs = nowMs() - startedAt;
      const reason = signal.aborted ? "timeout" : await this.#network.diagnose(error, url);
      return { outcome: "unanswered", error: reason, durationMs };
    } finally {
      endDeadline();
    }
  }

  /** Ends what is under way: its endpoint's object was lost, or has begun anew. */
  end(): void {
    this.#isOver = true;
    for (const controller of this.#underWay) controller.abort();
  }

  /** The runtime calls this where nobody holds on to it any more. */
  [Symbol.dispose](): void {
    this.end();
  }
}
