import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { build } from "tsdown";
import type { VectorCase } from "../vectors/case.ts";

const TESTS = join(import.meta.dirname, "..");
const VECTORS = readFileSync(join(TESTS, "../vectors/webhooks.json"), "utf8");

/** How many cases there are. */
export const CASES = (JSON.parse(VECTORS) as { cases: VectorCase[] }).cases.length;

/** What a runtime prints that has run them: how many, and the names of those that went wrong. */
export interface Report {
  run: number;
  wrong: string[];
  /** Whether it computed by native code. */
  native: boolean;
}

const VERDICT = stripTypeScriptTypes(readFileSync(join(TESTS, "vectors/verdict.ts"), "utf8")).replace(
  "export function",
  "function",
);

/** Runs all cases; `sdk`, `signed` and `vectors` are there. */
const REPORT = `
${VERDICT}
const all = { ...sdk, ...signed };
const wrong = vectors.cases.flatMap((one) => {
  const { verdict, event } = verdictOf(all, one);
  const same = one.event === undefined || JSON.stringify(sorted(event)) === JSON.stringify(sorted(one.event));
  return verdict === one.expect && same ? [] : [one.name + ": " + verdict];
});
function sorted(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
const report = {
  run: vectors.cases.length,
  wrong,
  native: typeof globalThis.process?.getBuiltinModule?.("node:crypto")?.createHmac === "function",
};
`;

/** Writes `vectors.mjs` and `vectors.cjs`, which print the report, into the project; for runtimes with files. */
export function writeScripts(project: string): void {
  writeFileSync(join(project, "webhooks.json"), VECTORS);
  writeFileSync(
    join(project, "vectors.mjs"),
    `import { readFileSync } from "node:fs";
import * as sdk from "atlas-webhooks";
import * as signed from "atlas-webhooks/ed25519";
const vectors = JSON.parse(readFileSync(new URL("./webhooks.json", import.meta.url), "utf8"));
${REPORT}
console.log(JSON.stringify(report));
`,
  );
  writeFileSync(
    join(project, "vectors.cjs"),
    `const sdk = require("atlas-webhooks");
const signed = require("atlas-webhooks/ed25519");
const vectors = require("./webhooks.json");
${REPORT}
console.log(JSON.stringify(report));
`,
  );
}

/** Writes `client.mjs`, which publishes an event to the service at the URL that it is given and prints the answer. */
export function writeClientScript(project: string): void {
  writeFileSync(
    join(project, "client.mjs"),
    `import { Atlas } from "atlas-webhooks/client";
const atlas = new Atlas({ key: "ak_test", baseUrl: process.argv[2] });
const signal = new AbortController().signal;
console.log(JSON.stringify(await atlas.events.publish({ type: "deal.created", data: {} }, { signal })));
`,
  );
}

/** The vectors as one file, for runtimes without any: its \`ending\` does something with \`report\`. */
export async function bundle(project: string, ending: string): Promise<string> {
  const entry = join(project, `entry-${crypto.randomUUID()}.mjs`);
  writeFileSync(
    entry,
    `import * as sdk from "atlas-webhooks";
import * as signed from "atlas-webhooks/ed25519";
const vectors = ${VECTORS};
${ending.replace("REPORT", REPORT)}
`,
  );
  const outDir = join(project, `bundle-${crypto.randomUUID()}`);
  await build({
    ...{ cwd: project, config: false, entry: { main: entry }, outDir, format: ["esm"], platform: "browser" },
    ...{ deps: { alwaysBundle: [/.*/] }, dts: false, logLevel: "silent" },
  });
  return readFileSync(join(outDir, "main.js"), "utf8");
}
