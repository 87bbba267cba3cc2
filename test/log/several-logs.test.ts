import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { LOG_SCHEMA } from "../../src/log/schema.ts";
import { versionsIn } from "../../src/storage/schema.ts";
import { newLog } from "./rig.ts";

it("a log that has become one of several, or begins as one, is refused by code that knows of one alone", async () => {
  for (const change of ["closed", "opened"] as const) {
    const log = newLog();
    const needed = () =>
      runInDurableObject(log, (_instance, { storage }) => versionsIn(storage.sql)?.needed ?? 0);
    expect(await needed()).toBeLessThan(LOG_SCHEMA.length);
    await (change === "closed" ? log.closeFor(1, 2) : log.openFor(1, 2, [1000]));
    expect(await needed()).toBe(LOG_SCHEMA.length);
  }
});
