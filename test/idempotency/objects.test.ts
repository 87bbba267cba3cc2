import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { answerOnce, firstAnswer, keepAnswer, pruneAnswers } from "../../src/idempotency/objects.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Some midnight. */
const MIDNIGHT = Math.floor(1_795_000_000_000 / DAY_MS) * DAY_MS;

const request = (id: string, digest = "d") => ({ id, digest });

/** Within an object of its own that has the table. */
function inObject(test: (sql: SqlStorage, storage: DurableObjectStorage) => void): Promise<void> {
  const log = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(log, (_instance, { storage }) => test(storage.sql, storage));
}

it("gives an answer again, and refuses another body", () =>
  inObject((sql) => {
    expect(firstAnswer(sql, request("a"), MIDNIGHT)).toEqual({ outcome: "none" });
    keepAnswer(sql, request("a"), { n: 1 }, MIDNIGHT);
    expect(firstAnswer(sql, request("a"), MIDNIGHT)).toEqual({ outcome: "repeated", answer: { n: 1 } });
    expect(firstAnswer(sql, request("a", "other"), MIDNIGHT)).toEqual({ outcome: "key_conflict" });
    expect(firstAnswer(sql, request("b"), MIDNIGHT)).toEqual({ outcome: "none" });
  }));

it.each([0, 1, 12 * HOUR_MS, DAY_MS - 1])("counts for 24 hours, kept %i ms after midnight", (after) =>
  inObject((sql) => {
    const at = MIDNIGHT + after;
    keepAnswer(sql, request("a"), 1, at);
    expect(firstAnswer(sql, request("a"), at + DAY_MS - 1).outcome).toBe("repeated");
    expect(firstAnswer(sql, request("a"), at + DAY_MS).outcome).toBe("none");
    // Used anew, on the same day or the next: the newer answer counts.
    keepAnswer(sql, request("a"), 2, at + DAY_MS);
    expect(firstAnswer(sql, request("a"), at + DAY_MS + 1)).toEqual({ outcome: "repeated", answer: 2 });
  }),
);

it("knows nothing of requests without a key", () =>
  inObject((sql) => {
    keepAnswer(sql, undefined, 1, MIDNIGHT);
    expect(firstAnswer(sql, undefined, MIDNIGHT)).toEqual({ outcome: "none" });
    expect(sql.exec("SELECT * FROM idempotent_answers").toArray()).toEqual([]);
  }));

it("drops old answers as new ones come, a few at a time, and finds them without a scan", () =>
  inObject((sql) => {
    const count = () => sql.exec<{ n: number }>("SELECT count(*) AS n FROM idempotent_answers").one().n;
    for (let i = 0; i < 10; i++) keepAnswer(sql, request(`old ${i}`), i, MIDNIGHT);
    keepAnswer(sql, request("a"), 1, MIDNIGHT + DAY_MS);
    expect(count()).toBe(11);
    keepAnswer(sql, request("b"), 1, MIDNIGHT + 2 * DAY_MS);
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
      keepAnswer(sql, request("made"), 1, MIDNIGHT);
      if (isFailing) throw new Error("no");
      return { keep: 2 };
    };
    expect(() => answerOnce(storage, request("a"), MIDNIGHT, act(true))).toThrow("no");
    expect(firstAnswer(sql, request("made"), MIDNIGHT).outcome).toBe("none");
    const made = { outcome: "answered", answer: 2, isRepeated: false };
    expect(answerOnce(storage, request("a"), MIDNIGHT, act(false))).toEqual(made);
    expect(firstAnswer(sql, request("made"), MIDNIGHT).outcome).toBe("repeated");
    expect(answerOnce(storage, request("a"), MIDNIGHT, act(true))).toEqual({ ...made, isRepeated: true });
  }));

it("keeps nothing of a request that is told why nothing was done", () =>
  inObject((sql, storage) => {
    const told = answerOnce(storage, request("a"), MIDNIGHT, () => ({ tell: "full" }));
    expect(told).toEqual({ outcome: "told", told: "full" });
    expect(firstAnswer(sql, request("a"), MIDNIGHT).outcome).toBe("none");
  }));
