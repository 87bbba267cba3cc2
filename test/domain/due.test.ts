import { describe, expect, it } from "vitest";
import { mustNoteDueAt } from "../../src/domain/due.ts";

const NOW = Date.UTC(2026, 2, 1);
const MINUTE_MS = 60_000;

describe("the note of the next due time", () => {
  it("is written when work begins, and taken back when it ends", () => {
    expect(mustNoteDueAt(null, NOW + 1000, NOW)).toBe(true);
    expect(mustNoteDueAt(NOW + 1000, null, NOW)).toBe(true);
    expect(mustNoteDueAt(null, null, NOW)).toBe(false);
  });

  it("is rewritten when the time moves earlier by more than a minute, and not for less", () => {
    const noted = NOW + 10 * MINUTE_MS;
    expect(mustNoteDueAt(noted, noted - MINUTE_MS - 1, NOW)).toBe(true);
    expect(mustNoteDueAt(noted, noted - MINUTE_MS, NOW)).toBe(false);
  });

  it("may stay too early: cron then wakes once for nothing", () => {
    expect(mustNoteDueAt(NOW + MINUTE_MS, NOW + 60 * MINUTE_MS, NOW)).toBe(false);
  });

  it("moves on once it has passed, or cron would come back every minute", () => {
    expect(mustNoteDueAt(NOW, NOW + 60 * MINUTE_MS, NOW)).toBe(true);
    expect(mustNoteDueAt(NOW - 1, NOW + 1000, NOW)).toBe(true);
  });
});
