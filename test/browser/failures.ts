import type { Route } from "playwright-core";

/** A way in which the service does not answer. */
export interface Failure {
  name: string;
  /** How the page tells it. */
  sentence: string;
  answer(route: Route): Promise<void>;
}

function refusal(status: number, code: string, sentence: string): Failure {
  const problem = { title: code, status, code, detail: "The request failed." };
  return {
    name: code,
    sentence,
    answer: (route) =>
      route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify(problem) }),
  };
}

export const FAILURES: readonly Failure[] = [
  refusal(500, "internal", "The service has a fault. Events that it has taken are safe."),
  refusal(403, "forbidden", "This key may not see this: it needs another role."),
  { name: "offline", sentence: "The service cannot be reached.", answer: (route) => route.abort() },
];
