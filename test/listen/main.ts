import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../e2e/eventually.ts";
import { Service } from "../e2e/started-service.ts";
import { FailingApp } from "./app.ts";
import { CuttableWay } from "./cuttable-way.ts";
import { judge } from "./verdict.ts";

/*
 * `npm run test:listen`: 1,000 events through `atlas webhooks listen` to an app that fails each fifth request, while the
 * service is killed five times, the command is suspended for a minute and its connection is cut. `--short` is a fifth of it.
 */

const isShort = process.argv.includes("--short");
const EVENTS = isShort ? 200 : 1000;
const KILLS = isShort ? 2 : 5;
const SUSPENDED_MS = isShort ? 4000 : 60_000;
const CUTS = 2;
/** How soon it must be back: on a quiet machine; the short form runs beside others. */
const BACK_WITHIN_MS = isShort ? 5000 : 1000;
const WITHIN_MS = 10 * 60_000;

const ATLAS = join(import.meta.dirname, "../../src/cli/atlas.ts");

const service = await Service.start();
const app = await FailingApp.start();
const way = await CuttableWay.to(service.url);
way.onReached = () => app.endGap();
const folder = mkdtempSync(join(tmpdir(), "atlas-listen-"));
const atlas = listen();
try {
  process.exitCode = await play();
} finally {
  atlas.kill("SIGKILL");
  app.stop();
  way.stop();
  rmSync(folder, { recursive: true });
  await service.remove();
}

/** Returns the exit code. */
async function play(): Promise<number> {
  const { client } = service;
  const id = await eventually("its endpoint", async () => {
    const { data } = await client.get<{ data: { id: string }[] }>("/v1/endpoints");
    return data[0]?.id;
  });
  const retry = { delays: Array(20).fill(0.1), jitter: 0 };
  await client.request("PATCH", `/v1/endpoints/${id}`, { retry });

  const published: string[] = [];
  const publish = async (count: number) => {
    for (let n = 0; n < count; n++)
      published.push(await client.publish({ type: "deal.created", data: { n } }));
  };
  const seenBefore = () => app.seen.length;
  // What is done to it, spread over the events.
  const steps = KILLS + CUTS + 1;
  const share = Math.floor(EVENTS / (steps + 1));
  let backMs = 0;
  for (let step = 0; step < steps; step++) {
    await publish(share);
    const before = seenBefore();
    await eventually("some of them", () => app.seen.length > before || app.seen.length >= published.length);
    if (step < KILLS) {
      await service.kill9();
      app.beginGap();
      await service.restart();
    } else if (step === KILLS) {
      backMs = await suspended(publish);
    } else {
      way.cut();
      app.beginGap();
    }
  }
  await publish(EVENTS - published.length);
  const isDone = async () =>
    (await client.get<{ depth: number }>(`/v1/endpoints/${id}/queue`)).depth === 0 || undefined;
  await eventually("everything", isDone, WITHIN_MS);
  return verdict(published, backMs);
}

/** Suspends the command with events that wait; how long after it goes on the app sees the next one, milliseconds. */
async function suspended(publish: (count: number) => Promise<void>): Promise<number> {
  atlas.kill("SIGSTOP");
  app.beginGap();
  await publish(5);
  await wait(SUSPENDED_MS);
  const before = app.seen.length;
  const at = Date.now();
  atlas.kill("SIGCONT");
  await eventually("the next one", () => app.seen.length > before, 60_000);
  return (app.seen[before]?.endedAt ?? 0) - at;
}

function listen(): ChildProcess {
  const given = ["webhooks", "listen", "--forward-to", `127.0.0.1:${app.port}`, "--output", "quiet"];
  return spawn(process.execPath, ["--no-warnings", ATLAS, ...given], {
    stdio: ["ignore", "ignore", process.argv.includes("--trace") ? "inherit" : "ignore"],
    env: { ...process.env, ATLAS_CONFIG_DIR: folder, ATLAS_URL: way.url, ATLAS_KEY: service.client.key },
  });
}

function verdict(published: readonly string[], backMs: number): number {
  const { failed, repeats, violations } = judge(app.seen, published);
  console.log(
    `${published.length} events, ${failed} answers of 500, ${KILLS} kills, ${CUTS} cuts, suspended ${SUSPENDED_MS / 1000} s:`,
    `${violations.length} broken promises, ${repeats} repeats, back ${backMs} ms after resuming`,
  );
  for (const violation of violations.slice(0, 20)) console.log(violation);
  const isGood = violations.length === 0 && backMs <= BACK_WITHIN_MS;
  console.log(isGood ? "as promised" : "NOT as promised");
  return isGood ? 0 : 1;
}
