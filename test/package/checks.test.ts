import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it as always, expect } from "vitest";
import { packedProject } from "./packed-project.ts";
import { areAllWanted } from "./runtimes.ts";

const ROOT = join(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "sdk/javascript");
const project = await packedProject();
const installed = join(project, "node_modules/atlas-webhooks");

/** Seconds each. */
const it = always.runIf(areAllWanted);

function tool(name: string, ...given: string[]): string {
  return execFileSync(join(ROOT, "node_modules/.bin", name), given, { cwd: PACKAGE, encoding: "utf8" });
}

always("has no dependency and the version of the service", () => {
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const root = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("peerDependencies");
  expect(manifest.version).toBe(root.version);
  expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "atlas-webhooks",
  ]);
  expect(["README.md", "LICENSE"].filter((file) => !existsSync(join(installed, file)))).toEqual([]);
});

always("has the text of the licence of every package whose code is in it", () => {
  const licenses = readFileSync(join(installed, "THIRD-PARTY-LICENSES.txt"), "utf8");
  const ofPages = readFileSync(join(installed, "dist/server/dist/public/dashboard/licenses.md"), "utf8");
  // Bundlers name the file that a part of a bundle comes from.
  const names = globSync("dist/**/*.js", { cwd: installed }).flatMap((file) =>
    [
      ...readFileSync(join(installed, file), "utf8").matchAll(
        /^\/\/ ?(?:#region )?\S*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)/gm,
      ),
    ].map(([, name = ""]) => name),
  );
  // The Worker is minified: its source map says what is in it.
  const worker = JSON.parse(readFileSync(join(ROOT, "dist/worker.js.map"), "utf8")) as { sources: string[] };
  const ofWorker = worker.sources
    .flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [])
    .filter((name) => existsSync(join(ROOT, "node_modules", name, "package.json")));
  const bundled = [...new Set([...names, ...ofWorker])].toSorted();
  expect(bundled).toEqual(expect.arrayContaining(["@noble/hashes", "commander", "hono", "yaml", "zod"]));
  const parts = new Map(licenses.split("\n\n\n").map((part) => [/^\S+(?= )/.exec(part)?.[0], part]));
  const textOf = (name: string) => parts.get(name) ?? "";
  expect(bundled.filter((name) => !/permission|redistribution|conditions/i.test(textOf(name)))).toEqual([]);
  for (const name of ["react-dom", "wouter"]) expect(ofPages).toContain(name);
});

it("is read by npm and by TypeScript as it is meant: publint and attw find nothing", () => {
  expect(tool("publint", "--strict")).toContain("All good!");
  // It fails where it finds anything.
  expect(tool("attw", "--pack", ".", "--profile", "node16")).toContain('"atlas-webhooks/hono"');
});

it("stays within 5 KB for verification of all HMAC dialects and 6 KB for the client", () => {
  const sizes = JSON.parse(tool("size-limit", "--json")) as { name: string; passed: boolean; size: number }[];
  expect(sizes.map(({ name, passed }) => ({ name, passed }))).toEqual([
    { name: "verification of all HMAC dialects", passed: true },
    { name: "client", passed: true },
  ]);
});

it("has types that need no other package's, for import and for require", () => {
  const use = `
import { atlas, type AtlasEvent, standard, voice, WebhookVerificationError } from "atlas-webhooks";
import { Atlas, type Endpoint } from "atlas-webhooks/client";
import { standard as both } from "atlas-webhooks/ed25519";

declare const body: Uint8Array;
const event: AtlasEvent = atlas.webhooks.verify(body, "t=1,v1=a", ["whsec_1", "whsec_2"], { toleranceSeconds: 1 });
const id: string = event.id;
standard.webhooks.verify(body, new Headers(), "whsec_1");
both.webhooks.verifyRequest(new Request("https://example.com"), "whpk_1");
voice.webhooks.verify("[{}]", "/hooks/1", "/hooks/1");
const client = new Atlas({ key: "ak_1" });
const made: Promise<Endpoint> = client.endpoints.create({ url: "https://example.com", dialect: "atlas" });
// @ts-expect-error the body must be raw
atlas.webhooks.verify({ id }, "t=1,v1=a", "whsec_1");
// @ts-expect-error no such field
client.endpoints.create({ url: "https://example.com", dialects: "atlas" });
export const code = new WebhookVerificationError("no_match", "x").code satisfies string;
export default [made, event];
`;
  for (const extension of ["mts", "cts"]) writeFileSync(join(project, `use.${extension}`), use);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom", "--types", ""];
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), [...options, "use.mts", "use.cts"], {
    ...{ cwd: project, stdio: "inherit" },
  });
});
