import { describe, expect, it } from "vitest";
import { type DecideInput, decide, type RetryRules, retryDueAt } from "../../src/domain/retry.ts";

const NOW = Date.UTC(2026, 2, 1);
const DAY_MS = 24 * 3600 * 1000;

const POLICY: RetryRules = {
  retry: { delays: [10, 30], jitter: 0 },
  onDeadLetter: "continue",
  disableAfterFailures: null,
};

interface Case {
  /** The attempt's number. */
  number?: number;
  /** The answer's status; 0 = none came. */
  status?: number;
  retryAfterMs?: number;
  policy?: Partial<RetryRules>;
  more?: Partial<DecideInput>;
}

function decided({ number = 1, status = 500, retryAfterMs, policy, more }: Case) {
  const isSuccess = status >= 200 && status < 300;
  return decide({
    outcome: {
      attempt: {
        number,
        startedAt: NOW - 100,
        durationMs: 100,
        outcome: isSuccess ? "success" : "failure",
        error: isSuccess ? null : status === 0 ? "connect" : "status",
        request: { method: "POST", url: "https://example.com/", headers: {} },
        response: status === 0 ? null : { status, headers: {}, body: "", encoding: "utf8", truncated: false },
      },
      retryAfterMs: retryAfterMs ?? null,
    },
    scheduleStart: 0,
    consecutiveFailures: 0,
    beganBeforeResume: false,
    policy: { ...POLICY, ...policy },
    nowMs: NOW,
    random: 0.5,
    ...more,
  });
}

describe("a success", () => {
  it("ends the delivery and the row of failures", () => {
    expect(decided({ status: 204, more: { consecutiveFailures: 9 } })).toEqual({
      delivery: { status: "delivered" },
      counts: "success",
      consecutiveFailures: 0,
      holdUntil: null,
      change: null,
    });
  });

  it("never disables, whatever failed before", () => {
    const { change } = decided({
      status: 200,
      policy: { disableAfterFailures: 1 },
      more: { consecutiveFailures: 5 },
    });
    expect(change).toBeNull();
  });
});

describe("a failure", () => {
  it("is followed by the schedule's delay, counted from its end", () => {
    expect(decided({}).delivery).toEqual({
      status: "pending",
      nextAttemptAt: NOW + 10_000,
      scheduleStart: 0,
    });
    expect(decided({ number: 2 }).delivery).toMatchObject({ nextAttemptAt: NOW + 30_000 });
  });

  it("is the last after as many attempts as delays and one", () => {
    expect(decided({ number: 3 })).toMatchObject({ delivery: { status: "dead" }, change: null });
    expect(decided({ number: 1, policy: { retry: { delays: [], jitter: 0 } } }).delivery).toEqual({
      status: "dead",
    });
  });

  it("without an answer counts like one with", () => {
    expect(decided({ status: 0 })).toMatchObject({
      delivery: { status: "pending", nextAttemptAt: NOW + 10_000 },
      consecutiveFailures: 1,
    });
  });

  it("keeps the delay within 1 ± jitter, and to the millisecond", () => {
    const policy = { ...POLICY, retry: { delays: [10, 0.1], jitter: 0.2 } };
    expect(retryDueAt(policy, 1, NOW, 0)).toBe(NOW + 8000);
    expect(retryDueAt(policy, 1, NOW, 0.5)).toBe(NOW + 10_000);
    expect(retryDueAt(policy, 1, NOW, 1)).toBe(NOW + 12_000);
    expect(retryDueAt(policy, 2, NOW, 1)).toBe(NOW + 120);
    expect(Number.isInteger(retryDueAt(policy, 1, NOW, 0.123456789))).toBe(true);
    expect(retryDueAt(policy, 3, NOW, 0.5)).toBeNull();
  });

  it("at the greatest jitter is still retried later than it ended", () => {
    const policy = { ...POLICY, retry: { delays: [0.1], jitter: 0.5 } };
    expect(retryDueAt(policy, 1, NOW, 0)).toBe(NOW + 50);
  });
});

describe("an exhausted schedule with on_dead_letter: pause", () => {
  const policy = { onDeadLetter: "pause" as const };

  it("leaves the delivery pending and pauses the endpoint", () => {
    expect(decided({ number: 3, policy })).toEqual({
      delivery: { status: "pending", nextAttemptAt: NOW, scheduleStart: 3 },
      counts: "failure",
      consecutiveFailures: 1,
      holdUntil: null,
      change: { status: "paused", reason: "dead_letter" },
    });
  });

  it("starts the schedule anew where it was resumed", () => {
    expect(decided({ number: 4, policy, more: { scheduleStart: 3 } }).delivery).toEqual({
      status: "pending",
      nextAttemptAt: NOW + 10_000,
      scheduleStart: 3,
    });
    expect(decided({ number: 6, policy, more: { scheduleStart: 3 } })).toMatchObject({
      delivery: { status: "pending", scheduleStart: 6 },
      change: { status: "paused" },
    });
  });

  it("gives way to a disabling: the stronger status stands", () => {
    expect(decided({ number: 3, status: 410, policy }).change).toEqual({
      status: "disabled",
      reason: "gone",
    });
  });
});

describe("410", () => {
  it("disables at once, and is a failed attempt like any other", () => {
    expect(decided({ status: 410 })).toEqual({
      delivery: { status: "pending", nextAttemptAt: NOW + 10_000, scheduleStart: 0 },
      counts: "failure",
      consecutiveFailures: 1,
      holdUntil: null,
      change: { status: "disabled", reason: "gone" },
    });
    expect(decided({ status: 410, number: 3 }).delivery).toEqual({ status: "dead" });
  });

  it("is the reason even where the failure count would disable too", () => {
    const { change } = decided({ status: 410, policy: { disableAfterFailures: 1 } });
    expect(change?.reason).toBe("gone");
  });
});

describe("disable_after", () => {
  const policy = { disableAfterFailures: 3 };

  it("disables at its count of failures in a row, not before", () => {
    expect(decided({ policy, more: { consecutiveFailures: 1 } })).toMatchObject({
      consecutiveFailures: 2,
      change: null,
    });
    expect(decided({ policy, more: { consecutiveFailures: 2 } })).toMatchObject({
      consecutiveFailures: 3,
      change: { status: "disabled", reason: "consecutive_failures" },
    });
  });

  it("disables again at the next failure if it was enabled without a success between", () => {
    expect(decided({ policy, more: { consecutiveFailures: 3 } }).change).not.toBeNull();
  });

  it("counts anew after a success", () => {
    const { consecutiveFailures } = decided({ status: 200, policy, more: { consecutiveFailures: 2 } });
    expect(decided({ policy, more: { consecutiveFailures } })).toMatchObject({
      consecutiveFailures: 1,
      change: null,
    });
  });
});

describe("Retry-After", () => {
  it("holds the endpoint for as long as was asked, from now", () => {
    expect(decided({ status: 429, retryAfterMs: 90_000 }).holdUntil).toBe(NOW + 90_000);
    expect(decided({ status: 503, retryAfterMs: 0 }).holdUntil).toBe(NOW);
  });

  it("holds for 24 h at the most", () => {
    expect(decided({ status: 429, retryAfterMs: DAY_MS }).holdUntil).toBe(NOW + DAY_MS);
    expect(decided({ status: 429, retryAfterMs: 365 * DAY_MS }).holdUntil).toBe(NOW + DAY_MS);
  });

  it("leaves the delivery's own schedule as it is", () => {
    expect(decided({ status: 429, retryAfterMs: 90_000 }).delivery).toMatchObject({
      nextAttemptAt: NOW + 10_000,
    });
  });
});

describe("a failure that began before somebody resumed the endpoint", () => {
  const more = { beganBeforeResume: true, consecutiveFailures: 1 };

  it("follows its schedule, and is none of the resumed endpoint", () => {
    expect(decided({ policy: { disableAfterFailures: 2 }, more })).toEqual({
      delivery: { status: "pending", nextAttemptAt: NOW + 10_000, scheduleStart: 0 },
      ...{ counts: "nothing", consecutiveFailures: 1, holdUntil: null, change: null },
    });
    expect(decided({ status: 410, more }).change).toBeNull();
  });

  it("begins its schedule anew where its last attempt would have paused the endpoint", () => {
    expect(decided({ number: 3, policy: { onDeadLetter: "pause" }, more })).toMatchObject({
      delivery: { status: "pending", nextAttemptAt: NOW, scheduleStart: 3 },
      change: null,
    });
  });

  it("holds the endpoint where the receiver asks for that", () => {
    expect(decided({ status: 429, retryAfterMs: 5000, more }).holdUntil).toBe(NOW + 5000);
  });
});
