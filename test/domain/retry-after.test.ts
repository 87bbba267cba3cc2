import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../src/domain/retry-after.ts";

/** 2026-03-01T00:00:00Z, a Sunday. */
const NOW = Date.UTC(2026, 2, 1);

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["0060", 60_000],
    ["Sun, 01 Mar 2026 00:01:00 GMT", 60_000],
    ["Sunday, 01-Mar-26 00:01:00 GMT", 60_000],
    ["Sun Mar  1 00:01:00 2026", 60_000],
    ["Thu Mar 12 00:00:00 2026", 11 * 24 * 3_600_000],
    // A leap second, and the last moment of a leap day.
    ["Tue, 30 Jun 2026 23:59:60 GMT", Date.UTC(2026, 6, 1) - NOW],
    ["Tue, 29 Feb 2028 23:59:59 GMT", Date.UTC(2028, 1, 29, 23, 59, 59) - NOW],
  ])("of %j holds for %i ms", (text, ms) => {
    expect(parseRetryAfter(text, NOW)).toBe(ms);
  });

  it.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "of a time that has passed holds for nothing: %j",
    (text) => {
      expect(parseRetryAfter(text, NOW)).toBe(0);
    },
  );

  it("of a year in two digits means the one that is at most 50 years ahead", () => {
    expect(parseRetryAfter("Sunday, 01-Mar-76 00:00:00 GMT", NOW)).toBe(Date.UTC(2076, 2, 1) - NOW);
    expect(parseRetryAfter("Sunday, 01-Mar-77 00:00:00 GMT", NOW)).toBe(0);
  });

  it.each([
    "3600.5",
    "2700, 1",
    "120, 120",
    "-1",
    "+60",
    "1e3",
    "0x10",
    "60s",
    "60 seconds",
    "",
    " ",
    "tomorrow",
    "2026-03-02",
    "2026-03-02T00:00:00Z",
    "March 2, 2026",
    "Sun, 1 Mar 2026 00:01:00 GMT",
    "Sun, 01 Mar 2026 00:01:00 UTC",
    "Sun, 01 Mar 2026 00:01:00 +0100",
    "Sun, 01 Mar 2026 00:01:00",
    "sun, 01 mar 2026 00:01:00 gmt",
    "Sun, 29 Feb 2026 00:01:00 GMT",
    "Sun, 01 Mar 2026 24:00:00 GMT",
    "Sun, 01 Mar 2026 00:60:00 GMT",
    "Sun Mar 1 00:01:00 2026",
    "Sun, 00 Mar 2026 00:01:00 GMT",
    "١٢٠",
  ])("of %j is no hold", (text) => {
    expect(parseRetryAfter(text, NOW)).toBeNull();
  });
});
