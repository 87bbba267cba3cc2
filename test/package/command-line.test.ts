import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "../e2e/eventually.ts";
import { packedProject } from "./packed-project.ts";
import { areAllWanted, FETCHED } from "./runtimes.ts";
import { fetches, runs } from "./toolchain.ts";

const project = await packedProject();
const PROGRAM = join(project, "node_modules/.bin/atlas");

it("npm puts the program atlas in its place, with the package's version", () => {
  const { version } = JSON.parse(
    readFileSync(join(project, "node_modules/atlas-webhooks/package.json"), "utf8"),
  ) as { version: string };
  expect(execFileSync(PROGRAM, ["--version"], { encoding: "utf8" })).toBe(`${version}\n`);
});

it.runIf(areAllWanted && process.platform === "linux" && process.arch === "x64")(
  "the program runs in Node 20, and says what Node 18 lacks",
  async (context) => {
    for (const { runtime, name, version, program } of FETCHED.filter((one) => /^Node /.test(one.runtime))) {
      const folder = mkdtempSync(join(tmpdir(), "atlas-runtime-"));
      try {
        writeFileSync(join(folder, "package.json"), '{"private":true}');
        const install = ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"];
        await fetches(context, "npm", [...install, `${name}@${version}`], folder);
        const node = join(folder, "node_modules", name, program);
        if (runtime === "Node 20")
          expect(await runs(node, [PROGRAM, "verify", "--help"], folder)).toContain("--secret");
        else
          await expect(runs(node, [PROGRAM, "verify", "--help"], folder)).rejects.toThrow(
            "needs Node 20 or newer",
          );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  },
);

it.runIf(areAllWanted)(
  "npx of the package alone serves API, dashboard and docs, and delivers a first event",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "atlas-npx-"));
    const packed = join(project, readdirSync(project).find((file) => file.endsWith(".tgz")) ?? "");
    const environment = { ...process.env, ATLAS_CACHE_DIR: join(folder, "cache"), PORT: "0" };
    const startedAt = performance.now();
    const server = spawn("npx", ["--yes", `--package=${packed}`, "--", "atlas", "serve"], {
      cwd: folder,
      env: environment,
      // npx does not hand a signal on: it goes to the whole group.
      detached: true,
    });
    let printed = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (chunk) => {
        printed += chunk;
      });
    }
    const ended = new Promise((resolve) => server.once("close", resolve));
    try {
      await eventually(
        "the service's first lines",
        () => {
          if (server.exitCode !== null) throw new Error(`atlas serve ended: ${printed}`);
          return printed.includes("atlas webhooks tail");
        },
        240_000,
      );
      const [, url = ""] = /Service {2}(\S+)/.exec(printed) ?? [];
      const [key = ""] = /\bak_[\w-]+/.exec(printed) ?? [];
      const atlas = async (...given: string[]) =>
        JSON.parse(
          await runs("npx", ["--yes", `--package=${packed}`, "--", "atlas", ...given, "--json"], folder, {
            ATLAS_URL: url,
            ATLAS_KEY: key,
          }),
        );
      const inbox = await atlas("inbox", "create");
      await atlas("endpoints", "create", inbox.url);
      await atlas("webhooks", "trigger", "deal.created", "--data", '{"id":"deal_1"}');
      await eventually(
        "the first event",
        async () => (await atlas("inbox", "requests", inbox.id)).length === 1,
      );
      console.log(
        `From nothing to the first event: ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`,
      );
      for (const path of ["/dashboard", "/docs", "/openapi.json", "/health"])
        expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
      // Killed, `atlas` cannot hand anything on; its server ends all the same.
      const processes = execFileSync("ps", ["-eo", "pid=,pgid=,args="], { encoding: "utf8" }).split("\n");
      const [program = ""] = processes.filter(
        (line) => line.includes(` ${server.pid} `) && /node \S*atlas(\.js)? serve$/.test(line),
      );
      process.kill(Number.parseInt(program, 10), "SIGKILL");
      await eventually("the server's end", () =>
        fetch(`${url}/health`).then(
          () => false,
          () => true,
        ),
      );
    } finally {
      if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
