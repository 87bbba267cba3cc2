import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { UPDATE_SECONDS } from "../../src/objects/object-errors.ts";

/** What Cloudflare is told of the Worker. */
const wrangler = parse(readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8"));

it("has the service's own lines logged on Cloudflare, and none for each invocation, which is billed", () => {
  expect(wrangler.observability).toEqual({ enabled: true, logs: { enabled: true, invocation_logs: false } });
});

it("waits on Cloudflare, where rows are billed, longer with alarms and segments than on one machine", () => {
  expect(wrangler.vars).toMatchObject({ SAFETY_NET_SECONDS: "600", ARCHIVE_AFTER_SECONDS: "3600" });
});

it("keeps a busy object's old code after a deploy for 30 s at most, as clients are told to wait", () => {
  expect(wrangler.durable_objects).toMatchObject({
    code_update_strategy: { mode: "deferred", max_delay: 30 },
  });
  expect(UPDATE_SECONDS).toBe(30);
});
