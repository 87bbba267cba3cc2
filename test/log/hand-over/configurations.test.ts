import { expect, it } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import type { EndpointConfig } from "../../../src/domain/endpoint.ts";
import { Configurations } from "../../../src/log/hand-over/configurations.ts";

const configOf = (id: string) => ({ id }) as EndpointConfig;

/** Configurations over a D1 in the test's hands: what it was asked for, one query after the other. */
function scene() {
  const queries: { ids: readonly string[]; answer: PromiseWithResolvers<Map<string, EndpointConfig>> }[] = [];
  const timers: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const surroundings = {
    nowMs: () => clock.nowMs,
    after: (_ms: number, act: () => void) => {
      timers.push(act);
      return () => {};
    },
  };
  const load = (ids: readonly string[]) => {
    const answer = Promise.withResolvers<Map<string, EndpointConfig>>();
    queries.push({ ids, answer });
    return answer.promise;
  };
  const configurations = new Configurations(load, surroundings, new Deadlines(surroundings));
  return {
    configurations,
    queries,
    pass: (ms = 0) => {
      clock.nowMs += ms;
      for (const ring of timers.splice(0)) ring();
    },
    answer: (number: number, ...ids: string[]) =>
      queries[number]?.answer.resolve(new Map(ids.map((id) => [id, configOf(id)]))),
  };
}

it("asks D1 once for what is asked for together, and once more for what comes while it answers", async () => {
  const { configurations, queries, pass, answer } = scene();
  const first = ["a", "b", "a"].map((id) => configurations.of(id));
  expect(queries).toHaveLength(0);
  pass();
  expect(queries.map(({ ids }) => ids)).toEqual([["a", "b"]]);
  // Asked after the query began: what that one finds may be older than the question.
  const later = ["a", "c"].map((id) => configurations.of(id));
  pass();
  expect(queries).toHaveLength(1);
  answer(0, "a", "b");
  expect(await Promise.all(first)).toEqual([configOf("a"), configOf("b"), configOf("a")]);
  expect(queries.map(({ ids }) => ids)).toEqual([
    ["a", "b"],
    ["a", "c"],
  ]);
  answer(1, "a");
  expect(await Promise.all(later)).toEqual([configOf("a"), null]);
});

it("asks D1 for no more than a hundred at a time", async () => {
  const { configurations, queries, pass, answer } = scene();
  const asked = Array.from({ length: 250 }, (_, n) => configurations.of(String(n)));
  pass();
  for (let n = 0; n < 3; n++) {
    expect(queries).toHaveLength(n + 1);
    answer(n);
    await Promise.all(asked.slice(100 * n, 100 * (n + 1)));
  }
  expect(queries.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
});

it("says where D1 cannot be asked, and asks again for who asks then", async () => {
  const { configurations, queries, pass, answer } = scene();
  const first = configurations.of("a");
  pass();
  queries[0]?.answer.reject(new Error("D1 is not there"));
  await expect(first).rejects.toThrow("D1 is not there");
  const second = configurations.of("a");
  pass();
  answer(1, "a");
  expect(await second).toEqual(configOf("a"));
});

it("has a query that D1 does not answer fail for who asked, and asks for the next ones", async () => {
  const { configurations, queries, pass, answer } = scene();
  const hanging = configurations.of("a");
  pass();
  const next = configurations.of("b");
  let failed: unknown = null;
  hanging.catch((error) => {
    failed = error;
  });
  for (let second = 0; second < 4; second++) pass(1000);
  await Promise.resolve();
  expect([failed, queries.length]).toEqual([null, 1]);
  pass(1000);
  pass(1000);
  await expect(hanging).rejects.toThrow("no answer within 5000 ms");
  expect(queries.map(({ ids }) => ids)).toEqual([["a"], ["b"]]);
  answer(1, "b");
  expect(await next).toEqual(configOf("b"));
});
