import type { AttemptError } from "./delivery.ts";

/*
 * What an endpoint's object and its senders tell each other, in memory only: a request holds what signs and authorizes it, and
 * an answer may repeat that. What goes on record of an answer is masked by the endpoint's object.
 */

/** One HTTP request. */
export interface SentRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
  /** When the sender was asked, Unix milliseconds: what comes to it too late is not made. */
  askedAt: number;
  /** How long it may take, its answer's body included; milliseconds. */
  timeoutMs: number;
  /** No more of the answer's body is read than the piece that passes so many bytes. */
  mostBytes: number;
}

/**
 * What a sender answers. `full`: nothing was sent, there is no memory for it. `ended`: it came too late, or another session was begun
 * meanwhile, and nobody knows what became of this one's requests.
 */
export type SentAnswer = Sent | { outcome: "full" } | { outcome: "ended" };

/** What became of a request; how long it took is in milliseconds. */
export type Sent =
  | {
      outcome: "answered";
      status: number;
      headers: { name: string; value: string }[];
      body: Uint8Array;
      /** `cut`: there is, or may be, more of the body; `broken`: its connection ended; `late`: its time did. */
      end: "whole" | "cut" | "broken" | "late";
      durationMs: number;
    }
  | { outcome: "unanswered"; error: AttemptError; durationMs: number };
