import { expect, it } from "vitest";
import { Pool } from "./pool.ts";

it("a seed is a history: two processes that play it end with the same trace", async () => {
  const pool = new Pool();
  const [first, second] = await Promise.all([pool.run({ seed: 12 }), pool.run({ seed: 12 })]);
  pool.end();
  expect(first.trace).toBe(second.trace);
  expect(first.attempts).toBeGreaterThan(100);
  expect(first.violations).toEqual([]);
});
