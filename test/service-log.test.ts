import { afterEach, expect, it, vi } from "vitest";
import { logLine, logRefused, logRetried } from "../src/service-log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The one line that `write` prints at this level. */
function lineOf(level: "warn" | "error", write: () => void): string {
  const print = vi.spyOn(console, level).mockImplementation(() => {});
  write();
  expect(print).toHaveBeenCalledOnce();
  return print.mock.calls[0]?.[0] as string;
}

it("writes one line of JSON", () => {
  const line = lineOf("warn", () => logLine("warn", "hand-over failed", { endpoint: "ep_1", error: "a\nb" }));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    level: "warn",
    message: "hand-over failed",
    endpoint: "ep_1",
    error: "a\nb",
  });
});

it("tells where an error came from", () => {
  const { error } = JSON.parse(lineOf("error", () => logLine("error", "x", { error: new Error("why") })));
  expect(error).toMatch(/^Error: why\n +at .*service-log\.test/);
});

it("tells of a refusal for want of a place without its stack, and of retried ones once a minute how many there were", () => {
  const error = Object.assign(new Error("too many objects are open"), { overloaded: true });
  const print = vi.spyOn(console, "warn").mockImplementation(() => {});
  for (const nowMs of [0, 2000, 4000, 59_999, 60_000, 61_000])
    logRetried("warn", "a job waits", { job: "rpl_1", error }, nowMs);
  expect(print.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
    { level: "warn", message: "a job waits", job: "rpl_1", error: "Error: too many objects are open" },
    {
      level: "warn",
      message: "a job waits",
      job: "rpl_1",
      error: "Error: too many objects are open",
      more: 3,
    },
  ]);
});

it("tells of every other failure of what is retried", () => {
  const print = vi.spyOn(console, "warn").mockImplementation(() => {});
  for (const nowMs of [0, 1]) logRetried("warn", "a job waits", { error: "lost" }, nowMs);
  expect(print).toHaveBeenCalledTimes(2);
});

it("tells of a failed query what the database said, not the parameters", () => {
  const cause = new Error("D1_ERROR: no such table: x");
  const failed = new Error("Failed query: insert into x values (?)\nparams: private", { cause });
  const line = lineOf("error", () => logLine("error", "x", { error: failed }));
  expect(line).toContain("no such table");
  expect(line).not.toContain("private");
});

it.each([`ak_${"a".repeat(32)}`, `whsec_${btoa("secret".repeat(5))}`, `Bearer ${"t".repeat(20)}`])(
  "writes no secret that an error quotes: %s",
  (secret) => {
    const line = lineOf("error", () => logLine("error", "x", { error: new Error(`bad header ${secret}`) }));
    expect(line).not.toContain(secret);
    expect(line).toContain("***");
  },
);

it("tells of each kind of refusal once a minute, and forgets kinds beyond a thousand", () => {
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  const refuse = (kind: string, nowMs: number) => logRefused("error", "refused", kind, { kind }, nowMs);
  for (const nowMs of [0, 1, 2]) for (const kind of ["a", "b"]) refuse(kind, nowMs);
  refuse("a", 60_000);
  const lines = () => print.mock.calls.map(([line]) => JSON.parse(line as string));
  expect(lines().map(({ kind, more }) => [kind, more])).toEqual([
    ["a", undefined],
    ["b", undefined],
    ["a", 2],
  ]);
  for (let n = 0; n < 1000; n++) refuse(`kind ${n}`, 60_001);
  print.mockClear();
  refuse("a", 60_002);
  expect(lines(), "as if it had never been").toEqual([{ level: "error", message: "refused", kind: "a" }]);
});
