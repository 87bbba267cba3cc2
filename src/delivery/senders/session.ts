import { RpcTarget } from "cloudflare:workers";
import { MemoryBudget, type MemoryHolder, MIB } from "../../domain/memory-budget.ts";
import type { SenderSession } from "../../domain/object-faces.ts";
import type { SentAnswer, SentRequest } from "../../domain/sending-messages.ts";
import type { Network } from "../attempt/attempt.ts";
import { readBody } from "../attempt/receiver-answer.ts";

/** What the senders of an isolate send at a time: with the copies that this makes it is some three times as much, of 128 MB. */
const underWay = new MemoryBudget(24 * MIB);

/**
 * What took longer to come here is not made: whoever asked gives up 5 s after its time, and may have sent it by another way, and
 * what follows it in its order. The clocks of machines are closer to each other than that.
 */
const LATEST_MS = 3000;

/** All of it. */
export const sendingBudgets: readonly MemoryBudget[] = [underWay];

/** The requests that an endpoint has made by one of its senders, from when it begins until it begins anew. */
export class Session extends RpcTarget implements SenderSession {
  readonly #network: Network;
  readonly #memory: MemoryHolder;
  readonly #underWay = new Set<AbortController>();
  #isOver = false;
  #isLetGo = false;

  /**
   * @param name the sender's
   * @param workspaceId whose its endpoint is: one workspace has no more than its share of the memory
   */
  constructor(name: string, workspaceId: string, network: Network) {
    super();
    this.#network = network;
    this.#memory = underWay.holder(name, workspaceId, network.nowMs);
  }

  /** Whether nothing is under way in it, and nothing comes any more: a request may be on its way for as long as somebody holds on to it. */
  get isDone(): boolean {
    return this.#underWay.size === 0 && this.#isLetGo;
  }

  /** Nobody holds on to it any more. */
  [Symbol.dispose](): void {
    this.#isLetGo = true;
  }

  /** Makes a request, and answers as soon as that has ended. */
  async send(request: SentRequest): Promise<SentAnswer> {
    const isLate = Math.abs(this.#network.nowMs() - request.askedAt) > LATEST_MS;
    if (this.#isOver || isLate) return { outcome: "ended" };
    const bytes = Buffer.byteLength(request.body);
    if (!this.#memory.hasRoomFor(bytes)) return { outcome: "full" };
    this.#memory.hold(this.#memory.heldBytes + bytes);
    const controller = new AbortController();
    this.#underWay.add(controller);
    try {
      const answer = await this.#exchange(request, controller);
      return this.#isOver ? { outcome: "ended" } : answer;
    } finally {
      this.#memory.hold(this.#memory.heldBytes - bytes);
      this.#underWay.delete(controller);
    }
  }

  async #exchange(
    { url, timeoutMs, mostBytes, askedAt: _, ...options }: SentRequest,
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

  /** Ends what is under way: its endpoint has begun anew. */
  end(): void {
    this.#isOver = true;
    for (const controller of this.#underWay) controller.abort();
  }
}
