import type { AppAnswer, AttemptRequest } from "./app.ts";

/** An attempt as it is shown, once the app has answered. */
export interface ShownAttempt {
  at: Date;
  request: AttemptRequest;
  /** Where it went; null = no route takes its type. */
  target: string | null;
  answer: AppAnswer;
}

/** How what happens is shown: on a screen, as lines, as JSON, or hardly at all. */
export interface Show {
  /** The connection is up, with so many who listen. */
  showUp(listeners: number): void;
  /** It is down; the next try comes in so many milliseconds. */
  showDown(againInMs: number): void;
  showAttempt(attempt: ShownAttempt): void;
  /** Something for people to know. */
  note(text: string): void;
  end(): void;
}

export function isSuccess({ answer }: ShownAttempt): boolean {
  return "status" in answer && answer.status < 300;
}

/** `200`, or why there was no answer. */
export function outcomeOf({ answer }: ShownAttempt): string {
  return "status" in answer ? String(answer.status) : answer.error;
}

/** An attempt as programs read it. */
export function asJson({ at, request, target, answer }: ShownAttempt) {
  const { delivery_id, event_id, event_type, sequence, attempt, is_replay } = request;
  const { status, error } = { status: null, error: null, ...answer };
  return {
    ...{ at: at.toISOString(), event_id, event_type, delivery_id, sequence, attempt, is_replay },
    ...{ target, status, error, duration_ms: answer.duration_ms },
  };
}
