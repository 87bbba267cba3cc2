import { expect, it } from "vitest";
import { Pool } from "./pool.ts";

it("a seed is a history: it has the same trace in a new process and in one that has played another seed", async () => {
  const [fresh, used] = [new Pool({ workers: 1 }), new Pool({ workers: 1 })];
  const play = async () => {
    await used.run({ seed: 11 });
    return used.run({ seed: 7 });
  };
  const [first, second] = await Promise.all([fresh.run({ seed: 7 }), play()]);
  fresh.end();
  used.end();
  expect(first.trace).toBe(second.trace);
  expect(first.attempts).toBeGreaterThan(100);
  expect(first.violations).toEqual([]);
});
