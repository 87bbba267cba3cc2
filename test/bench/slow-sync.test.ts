import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slowSync } from "../../bench/slow-sync/slow-sync.ts";

const DELAY_MS = 60;

/** Syncs a file twice, in both ways, and tells how long that took. */
const SYNCS = `
  const fs = require("node:fs");
  const file = fs.openSync(process.argv[1], "w");
  const from = performance.now();
  fs.fsyncSync(file);
  fs.fdatasyncSync(file);
  console.log(performance.now() - from);
`;

let scratch: string;
let environment: Record<string, string> | null;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "atlas-slow-sync-"));
  environment = slowSync(scratch, DELAY_MS);
});

afterAll(() => rmSync(scratch, { recursive: true }));

it("has each sync of a process's files take so much longer, where there is a compiler on Linux", (test) => {
  if (environment === null) return test.skip();
  const told = execFileSync(process.execPath, ["-e", SYNCS, join(scratch, "file")], {
    env: { ...process.env, ...environment },
    encoding: "utf8",
  });
  expect(Number(told)).toBeGreaterThanOrEqual(2 * DELAY_MS);
});
