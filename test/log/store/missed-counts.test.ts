import { expect, it } from "vitest";
import { MissedCounts } from "../../../src/log/store/missed-counts.ts";
import { countedList, HOUR_MS, loggedEvent } from "../events.ts";

/** Tables in which nothing is stored yet. */
const EMPTY = { exec: () => ({ one: () => ({ stored: 0 }) }) } as unknown as SqlStorage;

it("what disabled endpoints missed is counted by the lists that events share, not for each event", () => {
  const missed = new MissedCounts(EMPTY);
  const { list, reads } = countedList(Array.from({ length: 100 }, (_, i) => i));
  const early = Array.from({ length: 300 }, (_, n) => loggedEvent(n, { missed: list }));
  const { acceptedAt } = loggedEvent(0);
  const later = early.slice(0, 20).map((event) => ({ ...event, acceptedAt: acceptedAt + HOUR_MS }));
  missed.countCommitted([...early, ...later, loggedEvent(1, { missed: [7] })]);
  expect(reads()).toBe(100);
  const from = [acceptedAt - 1, acceptedAt + HOUR_MS / 2];
  expect(from.map((time) => missed.countSince(5, time))).toEqual([320, 20]);
  expect(missed.countSince(7, acceptedAt - 1)).toBe(321);
});
