import { EventEmitter } from "node:events";
import { afterEach, expect, it } from "vitest";
import { Screen } from "../../../src/cli/listen/screen.ts";
import type { ShownAttempt } from "../../../src/cli/listen/shown-attempt.ts";
import { Output } from "../../../src/cli/shell/output.ts";

const rows = Object.getOwnPropertyDescriptor(process.stdout, "rows");

afterEach(() => {
  if (rows === undefined) Reflect.deleteProperty(process.stdout, "rows");
  else Object.defineProperty(process.stdout, "rows", rows);
});

/** A terminal of so many rows, and what was written to it. */
function terminal(count: number) {
  Object.defineProperty(process.stdout, "rows", { value: count, configurable: true });
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), isTTY: true, columns: 80 };
  const keys = Object.assign(new EventEmitter(), { setRawMode: () => {}, resume: () => {}, pause: () => {} });
  const done: string[] = [];
  const screen = new Screen(
    new Output({ stdout: stream, stderr: stream, environment: { NO_COLOR: "1" } }),
    keys as unknown as NodeJS.ReadStream,
    "ep_1 → http://localhost:3000",
    {
      retry: ({ request }) => done.push(`retry ${request.event_id}`),
      open: (attempt) => done.push(`open ${attempt?.request.event_id}`),
      quit: () => done.push("quit"),
    },
  );
  return {
    screen,
    done,
    type: (text: string) => keys.emit("data", Buffer.from(text)),
    /** The rows of the last drawing. */
    shown: () => (written.at(-1) ?? "").replace("\u001b[H\u001b[2J", "").split("\r\n"),
    written,
  };
}

function attempt(number: number): ShownAttempt {
  return {
    at: new Date(0),
    target: `http://localhost:3000/${"long/".repeat(40)}`,
    request: {
      type: "request",
      ...{ id: `r${number}`, delivery_id: "dlv_1", event_id: `evt_${number}`, event_type: "a.b" },
      ...{ sequence: number, attempt: 1, is_replay: false, timeout_ms: 1000, method: "POST" },
      ...{ headers: { "webhook-id": "1" }, body: "a\nb\u001b[2Jc" },
    },
    answer: { status: 200, headers: {}, body: btoa("x\r\ny"), duration_ms: 5 },
  };
}

it.each([2, 4, 6, 24])("takes no more than the %d rows that there are, with details and without", (count) => {
  const { screen, shown, type } = terminal(count);
  for (let number = 1; number <= 100; number++) screen.showAttempt(attempt(number));
  expect(shown().length).toBeLessThanOrEqual(count);
  type("d");
  expect(shown().length).toBeLessThanOrEqual(count);
  expect(shown()[0]).toContain("ep_1");
  expect(shown().filter((row) => /\p{Cc}/u.test(row))).toEqual([]);
  screen.end();
});

it("has the terminal cut long lines at its edge, and leaves it as it was", () => {
  const { screen, written } = terminal(24);
  expect(written[0]).toContain("\u001b[?7l");
  screen.end();
  expect(written.at(-1)).toBe("\u001b[?7h\u001b[?25h\u001b[?1049l");
});

it("moves to the attempt before with k, retries and opens that one, and ends with q", () => {
  const { screen, done, type, shown } = terminal(24);
  for (let number = 1; number <= 3; number++) screen.showAttempt(attempt(number));
  for (const key of ["k", "r", "o", "j", "r", "q"]) type(key);
  expect(done).toEqual(["retry evt_2", "open evt_2", "retry evt_3", "quit"]);
  expect(shown().find((line) => line.startsWith("> "))).toContain("evt_3");
  screen.end();
});
