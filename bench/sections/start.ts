import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pidFile } from "../../src/local/runtime-process.ts";
import { startBare } from "../bare/server.ts";
import { type Figure, plain } from "../figure.ts";
import { freePort } from "../free-port.ts";
import { median } from "../percentiles.ts";
import { cpuMsOf, memoryOf } from "../process-usage.ts";
import type { Bench } from "../section.ts";

const ROOT = join(import.meta.dirname, "../..");

const TARGET_START_MS = 800;
const TARGET_BACK_MS = 1000;
const TARGET_MIB = 180;
const TARGET_IDLE_CPU = 0.005;

/** How often each is done. */
const ROUNDS = { quick: 1, default: 5, full: 9 };

/** What a start leaves to be done is done by then. */
const SETTLES_MS = { quick: 2000, default: 20_000, full: 20_000 };
const RESTS_MS = { quick: 2000, default: 60_000, full: 60_000 };

/** How often it is asked whether the service answers. */
const ASK_AGAIN_MS = 5;

/**
 * The processes of `npm start` in a checkout that is built: how soon they serve, for the first time, again, and after
 * they were killed; and what they take while nobody calls. Times are from the command, or the kill, to a 200 of `/health`.
 */
export async function start(bench: Bench): Promise<Figure[]> {
  const rounds = Array.from({ length: ROUNDS[bench.size] }, (_, round) => round);
  const times = {
    first: [] as number[],
    again: [] as number[],
    workerd: [] as number[],
    all: [] as number[],
  };
  const bareTimes: number[] = [];
  // It is built by then.
  await (await startBare("bare", bench.scratch)).stop();
  for (const round of rounds) {
    const dataDir = mkdtempSync(join(bench.scratch, `start-${round}-`));
    const first = await Started.launch(dataDir, times.first);
    await first.backAfter(() => process.kill(first.workerdPid, "SIGKILL"), times.workerd);
    await first.end("SIGKILL");
    const second = await Started.launch(dataDir, times.all);
    await second.end();
    await (await Started.launch(dataDir, times.again)).end();
    const startedAt = performance.now();
    const bare = await startBare("bare", bench.scratch);
    bareTimes.push(performance.now() - startedAt);
    await bare.stop();
  }
  const rest = await atRest(bench);
  const figure = (name: string, ms: readonly number[], target: number): Figure => ({
    name,
    measured: `${plain(median(ms))} ms, ${plain(Math.max(...ms))} at most`,
    bare: `workerd alone: ${plain(median(bareTimes))} ms`,
    target: `≤ ${target} ms`,
    met: median(ms) <= target,
  });
  return [
    figure("start of a new data directory, until /health answers", times.first, TARGET_START_MS),
    figure("start again", times.again, TARGET_START_MS),
    figure("start after kill -9 of all processes", times.all, TARGET_BACK_MS),
    figure("back after kill -9 of workerd", times.workerd, TARGET_BACK_MS),
    ...rest,
  ];
}

/** Memory and CPU time while nobody calls. */
async function atRest(bench: Bench): Promise<Figure[]> {
  const started = await Started.launch(mkdtempSync(join(bench.scratch, "rest-")));
  const bare = await startBare("bare", bench.scratch);
  await wait(SETTLES_MS[bench.size]);
  const pids = [started.pid, started.workerdPid];
  const before = pids.map(cpuMsOf);
  await wait(RESTS_MS[bench.size]);
  const after = pids.map(cpuMsOf);
  const memory = pids.map((pid) => memoryOf(pid)?.nowMiB ?? null);
  const bareMemory = memoryOf(bare.pid)?.nowMiB ?? null;
  await Promise.all([started.end(), bare.stop()]);
  const [node, workerd] = memory;
  if (node == null || workerd == null || bareMemory === null || after.includes(null)) {
    bench.note("Memory and CPU time are read from /proc, which is not here.");
    return [];
  }
  const usedMs = after.reduce<number>((sum, to, i) => sum + (to ?? 0) - (before[i] ?? 0), 0);
  const share = usedMs / RESTS_MS[bench.size];
  return [
    {
      name: "memory at rest, all processes",
      measured: `${plain(node + workerd)} MiB: Node ${plain(node)}, workerd ${plain(workerd)}`,
      bare: `workerd alone: ${plain(bareMemory)} MiB`,
      target: `≤ ${TARGET_MIB} MiB`,
      met: node + workerd <= TARGET_MIB,
    },
    {
      name: "CPU time at rest",
      measured: `${plain(share * 100)} % of a core`,
      target: `≤ ${TARGET_IDLE_CPU * 100} %`,
      met: share <= TARGET_IDLE_CPU,
    },
  ];
}

/** `npm start`, without npm. */
class Started {
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #port: number;

  private constructor(child: ChildProcess, dataDir: string, port: number) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.#port = port;
  }

  /** @param times where the time until it answered is added, milliseconds */
  static async launch(dataDir: string, times: number[] = []): Promise<Started> {
    const port = await freePort();
    const startedAt = performance.now();
    const child = spawn("bash", ["src/local/start.sh"], {
      cwd: ROOT,
      // A process group of its own, which is killed at once.
      detached: true,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DATA_DIR: dataDir, PORT: String(port) },
    });
    const started = new Started(child, dataDir, port);
    await started.#answers();
    times.push(performance.now() - startedAt);
    return started;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("bash does not start");
    return this.#child.pid;
  }

  get workerdPid(): number {
    return Number(readFileSync(pidFile(join(this.#dataDir, "state")), "utf8"));
  }

  async backAfter(kill: () => void, times: number[]): Promise<void> {
    const killedAt = performance.now();
    kill();
    await this.#answers();
    times.push(performance.now() - killedAt);
  }

  /** Sends all of its processes a signal, and waits for the end of the first one. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    process.kill(-this.pid, signal);
    await ended;
  }

  async #answers(): Promise<void> {
    while (!(await isHealthy(this.#port))) {
      if (this.#child.exitCode !== null) throw new Error(`start.sh ended with ${this.#child.exitCode}`);
      await wait(ASK_AGAIN_MS);
    }
  }
}

/** Whether `/health` answers 200, on a connection of its own. */
function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ port, host: "127.0.0.1", path: "/health", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once("error", () => resolve(false));
  });
}
