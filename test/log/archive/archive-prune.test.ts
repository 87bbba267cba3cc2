import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newLog, publish } from "../rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it("drops old own ids a bounded number at a time, so that no transaction holds up accepting", async () => {
  const log = newLog();
  const count = () =>
    runInDurableObject(log, (_instance, { storage }) =>
      storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM publisher_ids").one(),
    );
  await runInDurableObject(log, (_instance, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20099)
       INSERT INTO publisher_ids SELECT printf('evt_%026d', i), 0, x'', '', 0, 0 FROM n`,
    );
  });
  for (const left of [100, 0]) {
    await publish(log, {});
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await runDurableObjectAlarm(log);
    expect((await count()).n).toBe(left);
  }
});
