import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { KeptAnswers } from "../../src/storage/answers.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Some midnight. */
const MIDNIGHT = Math.floor(1_795_000_000_000 / DAY_MS) * DAY_MS;

const request = (id: string, digest = "d") => ({ id, digest });

/** Within an object of its own that has the table. */
function inObject(test: (kept: KeptAnswers, sql: SqlStorage) => void): Promise<void> {
  const log = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(log, (_instance, { storage }) => test(new KeptAnswers(storage.sql), storage.sql));
}

it("gives an answer again, and refuses another body", () =>
  inObject((kept) => {
    expect(kept.find(request("a"), MIDNIGHT)).toEqual({ outcome: "none" });
    kept.keep(request("a"), { n: 1 }, MIDNIGHT);
    expect(kept.find(request("a"), MIDNIGHT)).toEqual({ outcome: "repeated", answer: { n: 1 } });
    expect(kept.find(request("a", "other"), MIDNIGHT)).toEqual({ outcome: "key_conflict" });
    expect(kept.find(request("b"), MIDNIGHT)).toEqual({ outcome: "none" });
  }));

it.each([0, 1, 12 * HOUR_MS, DAY_MS - 1])("counts for 24 hours, kept %i ms after midnight", (after) =>
  inObject((kept) => {
    const at = MIDNIGHT + after;
    kept.keep(request("a"), 1, at);
    expect(kept.find(request("a"), at + DAY_MS - 1).outcome).toBe("repeated");
    expect(kept.find(request("a"), at + DAY_MS).outcome).toBe("none");
    // Used anew, on the same day or the next: the newer answer counts.
    kept.keep(request("a"), 2, at + DAY_MS);
    expect(kept.find(request("a"), at + DAY_MS + 1)).toEqual({ outcome: "repeated", answer: 2 });
  }),
);

it("knows nothing of requests without a key", () =>
  inObject((kept, sql) => {
    kept.keep(undefined, 1, MIDNIGHT);
    expect(kept.find(undefined, MIDNIGHT)).toEqual({ outcome: "none" });
    expect(sql.exec("SELECT * FROM idempotent_answers").toArray()).toEqual([]);
  }));

it("drops old answers as new ones come, a few at a time, and finds them without a scan", () =>
  inObject((kept, sql) => {
    const count = () => sql.exec<{ n: number }>("SELECT count(*) AS n FROM idempotent_answers").one().n;
    for (let i = 0; i < 10; i++) kept.keep(request(`old ${i}`), i, MIDNIGHT);
    kept.keep(request("a"), 1, MIDNIGHT + DAY_MS);
    expect(count()).toBe(11);
    kept.keep(request("b"), 1, MIDNIGHT + 2 * DAY_MS);
    expect(count()).toBe(12 - 4);
    kept.prune(MIDNIGHT + 2 * DAY_MS, 1000);
    expect(count()).toBe(2);
    const plan = sql
      .exec<{ detail: string }>(
        "EXPLAIN QUERY PLAN SELECT day, id FROM idempotent_answers WHERE day < 5 ORDER BY day, id LIMIT 4",
      )
      .toArray();
    expect(plan.map((row) => row.detail)).toEqual([expect.stringMatching(/^SEARCH .* PRIMARY KEY/)]);
  }));
