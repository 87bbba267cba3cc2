import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { UPDATE_SECONDS } from "../../src/objects/object-errors.ts";

const read = (file: string) => readFileSync(join(import.meta.dirname, "../..", file), "utf8");

/** What Cloudflare is told of the Worker. */
const wrangler = parse(read("wrangler.toml"));

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

it("has the deploy button ask for the secrets without which no deploy succeeds, and explain each of them and each binding", () => {
  const secrets = (wrangler.secrets as { required: string[] }).required;
  expect(secrets.toSorted()).toEqual(["ADMIN_TOKEN", "ENCRYPTION_KEY"]);
  const asked = read(".dev.vars.example")
    .split("\n")
    .flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
  expect(asked.toSorted()).toEqual(secrets.toSorted());
  const { cloudflare } = JSON.parse(read("package.json")) as {
    cloudflare: { bindings: Record<string, { description: string }> };
  };
  const kinds = ["d1_databases", "r2_buckets"].map((kind) => wrangler[kind] as { binding: string }[]);
  const { bindings } = wrangler.durable_objects as { bindings: { name: string }[] };
  const names = [
    ...kinds.flat().map(({ binding }) => binding),
    ...bindings.map(({ name }) => name),
    ...secrets,
  ];
  expect(Object.keys(cloudflare.bindings).toSorted()).toEqual(names.toSorted());
  expect(read("README.md")).toContain("](https://deploy.workers.cloudflare.com/?url=");
});
