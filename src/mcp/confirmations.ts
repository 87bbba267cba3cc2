import { ToolError } from "./tool-error.ts";

/** How long a plan can be carried out: what it counted goes stale. */
const GOOD_FOR_MS = 10 * 60_000;

/** Signs texts, so that what comes back is known to be ours. */
export interface Signer {
  sign(content: string): string;
  isSigned(content: string, signature: string): boolean;
}

/**
 * What a plan gives out, and its carrying out must bring back: a signature of what exactly was counted, and when. Nothing is
 * kept, so it holds wherever the second call arrives.
 */
export class Confirmations {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** For what was planned at a time, Unix milliseconds. */
  of(planned: object, atMs: number): string {
    return `${atMs.toString(36)}.${this.#signer.sign(contentOf(planned, atMs))}`;
  }

  /** When that was planned, Unix milliseconds. Throws ToolError where it is too long ago. */
  plannedAt(confirmation: string, nowMs: number): number {
    const atMs = Number.parseInt(/^[0-9a-z]{1,11}(?=\.)/.exec(confirmation)?.[0] ?? "", 36);
    if (Number.isNaN(atMs) || atMs > nowMs || atMs + GOOD_FOR_MS < nowMs)
      throw new ToolError(
        "This confirmation is none of ours, or older than ten minutes: call plan_replay again.",
      );
    return atMs;
  }

  /** Throws ToolError unless the confirmation was given for this. */
  ensure(confirmation: string, planned: object, atMs: number): void {
    const signature = confirmation.slice(confirmation.indexOf(".") + 1);
    if (!this.#signer.isSigned(contentOf(planned, atMs), signature))
      throw new ToolError(
        "This confirmation was given for other arguments, or what they select has changed since: call plan_replay again, and replay with the very same arguments.",
      );
  }
}

function contentOf(planned: object, atMs: number): string {
  return JSON.stringify([atMs, planned]);
}
