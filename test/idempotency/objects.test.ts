import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { json, shapeOf } from "../../src/domain/stored.ts";
import { answerOnce, firstAnswer, keepAnswer, pruneAnswers } from "../../src/idempotency/objects.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Some midnight. */
const MIDNIGHT = Math.floor(1_795_000_000_000 / DAY_MS) * DAY_MS;

/** Answers of any kind. */
const shape = shapeOf<unknown>(json());

const request = (id: string, digest = "d") => ({ id, digest });

/** Within an object of its own that has the table. */
function inObject(test: (sql: SqlStorage, storage: DurableObjectStorage) => void): Promise<void> {
  const log = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(log, (_instance, { storage }) => test(storage.sql, storage));
}

it("gives an answer again, and refuses another body", () =>
  inObject((sql) => {
    expect(firstAnswer(sql, shape, request("a"), MIDNIGHT)).toEqual({ outcome: "none" });
    keepAnswer(sql, shape, request("a"), { n: 1 }, MIDNIGHT);
    expect(firstAnswer(sql, shape, request("a"), MIDNIGHT)).toEqual({
      outcome: "repeated",
      answer: { n: 1 },
    });
    expect(firstAnswer(sql, shape, request("a", "other"), MIDNIGHT)).toEqual({ outcome: "key_conflict" });
    expect(firstAnswer(sql, shape, request("b"), MIDNIGHT)).toEqual({ outcome: "none" });
  }));

it.each([0, 1, 12 * HOUR_MS, DAY_MS - 1])("counts for 24 hours, kept %i ms after midnight", (after) =>
  inObject((sql) => {
    const at = MIDNIGHT + after;
    keepAnswer(sql, shape, request("a"), 1, at);
    expect(firstAnswer(sql, shape, request("a"), at + DAY_MS - 1).outcome).toBe("repeated");
    expect(firstAnswer(sql, shape, request("a"), at + DAY_MS).outcome).toBe("none");
    // Used anew, on the same day or the next: the newer answer counts.
    keepAnswer(sql, shape, request("a"), 2, at + DAY_MS);
    expect(firstAnswer(sql, shape, request("a"), at + DAY_MS + 1)).toEqual({
      outcome: "repeated",
      answer: 2,
    });
  }),
);

it("knows nothing of requests without a key", () =>
  inObject((sql) => {
    keepAnswer(sql, shape, undefined, 1, MIDNIGHT);
    expect(firstAnswer(sql, shape, undefined, MIDNIGHT)).toEqual({ outcome: "none" });
    expect(sql.exec("SELECT * FROM idempotent_answers").toArray()).toEqual([]);
  }));

it("drops old answers as new ones come, a few at a time, and finds them without a scan", () =>
  inObject((sql) => {
    const count = () => sql.exec<{ n: number }>("SELECT count(*) AS n FROM idempotent_answers").one().n;
    for (let i = 0; i < 10; i++) keepAnswer(sql, shape, request(`old ${i}`), i, MIDNIGHT);
    keepAnswer(sql, shape, request("a"), 1, MIDNIGHT + DAY_MS);
    expect(count()).toBe(11);
    keepAnswer(sql, shape, request("b"), 1, MIDNIGHT + 2 * DAY_MS);
    expect(count()).toBe(12 - 4);
    pruneAnswers(sql, MIDNIGHT + 2 * DAY_MS, 1000);
    expect(count()).toBe(2);
    const plan = sql
      .exec<{ detail: string }>(
        "EXPLAIN QUERY PLAN SELECT day, id FROM idempotent_answers WHERE day < 5 ORDER BY day, id LIMIT 4",
      )
      .toArray();
    expect(plan.map((row) => row.detail)).toEqual([expect.stringMatching(/^SEARCH .* PRIMARY KEY/)]);
  }));

it("keeps neither the answer nor what was done where the work fails, and both where it does not", () =>
  inObject((sql, storage) => {
    const act = (isFailing: boolean) => () => {
      keepAnswer(sql, shape, request("made"), 1, MIDNIGHT);
      if (isFailing) throw new Error("no");
      return { keep: 2 };
    };
    expect(() => answerOnce(storage, shape, request("a"), MIDNIGHT, act(true))).toThrow("no");
    expect(firstAnswer(sql, shape, request("made"), MIDNIGHT).outcome).toBe("none");
    const made = { outcome: "answered", answer: 2, isRepeated: false };
    expect(answerOnce(storage, shape, request("a"), MIDNIGHT, act(false))).toEqual(made);
    expect(firstAnswer(sql, shape, request("made"), MIDNIGHT).outcome).toBe("repeated");
    expect(answerOnce(storage, shape, request("a"), MIDNIGHT, act(true))).toEqual({
      ...made,
      isRepeated: true,
    });
  }));

it("keeps nothing of a request that is told why nothing was done", () =>
  inObject((sql, storage) => {
    const told = answerOnce(storage, shape, request("a"), MIDNIGHT, () => ({ tell: "full" }));
    expect(told).toEqual({ outcome: "told", told: "full" });
    expect(firstAnswer(sql, shape, request("a"), MIDNIGHT).outcome).toBe("none");
  }));
