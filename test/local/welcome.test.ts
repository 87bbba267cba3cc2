import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";

it("the README shows the receiver that the first start names", () => {
  const receiver = readFileSync("docs/receiver.mjs", "utf8")
    .trim()
    .replace(/^(?=.)/gm, "   ");
  expect(readFileSync("README.md", "utf8")).toContain(receiver);
});

it("wrangler.toml has all that the local server needs, and a cron that it can run", () => {
  const config = readWranglerConfig("wrangler.toml");
  expect(config.compatibilityDate).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(config.compatibilityFlags).toContain("nodejs_compat");
  expect(config.databases).toEqual([{ binding: "DB", name: "atlas-webhooks" }]);
  expect(config.buckets).toEqual([{ binding: "ARCHIVE", name: "atlas-webhooks-archive" }]);
  expect(config.objects.map(({ className }) => className)).toEqual([
    "EventLog",
    "Endpoint",
    "Inbox",
    "Hub",
    "Sender",
  ]);
  expect(config.crons).toEqual(["* * * * *"]);
});
