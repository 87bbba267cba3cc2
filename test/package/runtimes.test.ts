import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, hasBrowser } from "../browser/chromium.ts";
import { packedProject } from "./packed-project.ts";
import { bundle, CASES, type Report, writeClientScript, writeScripts } from "./runner.ts";
import { areAllWanted, FETCHED } from "./runtimes.ts";
import { fetches } from "./toolchain.ts";

const run = promisify(execFile);
const project = await packedProject();

/** Answers every event once, at the second try. */
const service = createServer((request, response) => {
  const key = String(request.headers["idempotency-key"]);
  const isRepeated = keys.has(key);
  keys.add(key);
  response.writeHead(isRepeated ? 202 : 503, { "Content-Type": "application/json", "Retry-After": "0" });
  response.end(JSON.stringify(isRepeated ? { id: "evt_1" } : { code: "unavailable" }));
});
const keys = new Set<string>();

beforeAll(async () => {
  writeScripts(project);
  writeClientScript(project);
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  return () => service.close();
});

function serviceUrl(): string {
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
}

async function reportOf(program: string, ...given: string[]): Promise<Report> {
  const { stdout } = await run(program, given, { cwd: project });
  return JSON.parse(stdout) as Report;
}

describe("the packed package in an empty project runs the vectors", () => {
  it.each(["vectors.mjs", "vectors.cjs"])("in this Node: %s", async (script) => {
    expect(await reportOf(process.execPath, script)).toEqual({ run: CASES, wrong: [], native: true });
  });

  it.each([
    // From some date on it is there without being asked for.
    { date: "2024-09-01", flags: [], native: false },
    { date: "2026-10-01", flags: ["nodejs_compat"], native: true },
  ])("in a Worker of $date with $flags", async ({ date, flags, native }) => {
    const worker = await bundle(
      project,
      "export default { fetch() {\nREPORT\nreturn Response.json(report); } };",
    );
    const report = await inWorkerd(worker, date, flags);
    expect(report).toEqual({ run: CASES, wrong: [], native });
  });

  it.runIf(hasBrowser)("in Chromium", async () => {
    const script = await bundle(project, "REPORT\nglobalThis.report = report;");
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? "chromium", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: script, type: "module" });
      const report = await page.waitForFunction("globalThis.report").then((handle) => handle.jsonValue());
      expect(report).toEqual({ run: CASES, wrong: [], native: false });
    } finally {
      await browser.close();
    }
  });
});

async function inWorkerd(
  contents: string,
  compatibilityDate: string,
  compatibilityFlags: string[],
): Promise<Report> {
  const miniflare = new Miniflare({
    workers: [
      {
        config: {
          ...{ name: "vectors", compatibilityDate, compatibilityFlags },
          manifest: { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents } } },
        },
      },
    ],
  });
  try {
    const response = await miniflare.dispatchFetch("http://127.0.0.1/");
    return (await response.json()) as Report;
  } finally {
    await miniflare.dispose();
  }
}

describe.runIf(areAllWanted && process.platform === "linux" && process.arch === "x64")(
  "and in runtimes that are fetched for it",
  () => {
    it.for(FETCHED)("$runtime $version", async ({ runtime, name, version, program, native }, context) => {
      const folder = mkdtempSync(join(tmpdir(), "atlas-runtime-"));
      try {
        writeFileSync(join(folder, "package.json"), '{"private":true}');
        const install = ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"];
        await fetches(context, "npm", [...install, `${name}@${version}`], folder);
        const path = join(folder, "node_modules", name, program);
        const scripts =
          runtime === "Deno" ? [["run", "--allow-read", "vectors.mjs"]] : [["vectors.mjs"], ["vectors.cjs"]];
        for (const given of scripts) {
          expect(await reportOf(path, ...given)).toEqual({ run: CASES, wrong: [], native });
        }
        const published = runtime === "Deno" ? ["run", "--allow-net", "client.mjs"] : ["client.mjs"];
        expect(await reportOf(path, ...published, serviceUrl())).toEqual({ id: "evt_1" });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
