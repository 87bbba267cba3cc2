import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { liveObjects, openFileLimit } from "./open-files.ts";
import { readRuntimeLog, reportRuntimeLine } from "./runtime-logs.ts";
import { pidFile, type RuntimeGuard, scratchPath } from "./runtime-process.ts";
import { spreadAlarms } from "./spread-alarms.ts";
import { StartError } from "./start-error.ts";
import { configText, type WorkerdConfig } from "./workerd-config.ts";

/** Notes the process id and becomes workerd. */
const SCRIPT = join(import.meta.dirname, "workerd.sh");

/**
 * One that ended sooner than this after its start may end again at once: after the third in a row the next start waits,
 * longer each time.
 */
const SHORT_LIFE_MS = 5000;
const SHORT_LIVES = 3;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** After so many starts in a row that failed it counts as broken. */
const START_TRIES = 5;

/** What workerd said last before it ended in the middle of its start. */
const LAST_LINES = 5;

export interface RuntimeOptions {
  config: WorkerdConfig;
  /** The folder that the configuration's embedded files are in. */
  builtFiles: string;
  /** Variables for workerd beside those of this process. */
  environment?: Record<string, string>;
  /** Whose state it uses; the caller holds its lock. */
  statePath: string;
  /** Ends workerd should this process be killed; null = nothing does. */
  guard?: RuntimeGuard | null;
  /** workerd's inspector listens here, on loopback; null = it does not. */
  inspectorPort?: number | null;
  /** Called when workerd ended and could not be started again. */
  onFailure?: (error: Error) => void;
}

/** A workerd that is started again whenever it ends. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #configFile: string;
  #child: ChildProcess | null = null;
  #ports: ReadonlyMap<string, number> = new Map();
  #isStopped = false;
  /** Whether the last one was ended from outside, by kill -9. */
  #wasKilled = false;
  #shortLives = 0;

  private constructor(options: RuntimeOptions) {
    this.#options = options;
    const folder = scratchPath(options.statePath);
    mkdirSync(folder, { recursive: true });
    this.#configFile = join(folder, "workerd.capnp");
    writeFileSync(this.#configFile, configText(options.config), { mode: 0o600 });
  }

  /**
   * Resolves once all sockets of the configuration are listened on; rejects if workerd ends before, with what it said.
   * One that somebody killed, as a system without memory does, is started again.
   */
  static async start(options: RuntimeOptions): Promise<Runtime> {
    const runtime = new Runtime(options);
    for (let tries = 1; ; tries++) {
      try {
        await runtime.#start();
        return runtime;
      } catch (error) {
        if (!runtime.#wasKilled || tries === START_TRIES) throw error;
        console.error("workerd was killed as it started, and is started again.");
      }
    }
  }

  /** On which port of loopback a socket of the configuration is listened on; null while workerd is being started again. */
  portOf(socket: string): number | null {
    return this.#ports.get(socket) ?? null;
  }

  /** Ends workerd for good. May be called again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async #start(): Promise<void> {
    const { statePath } = this.#options;
    try {
      spreadAlarms(statePath, Date.now(), liveObjects(openFileLimit()));
    } catch {
      // It starts without, too: then overdue alarms ring all at once.
    }
    const startedAt = performance.now();
    const child = this.#spawn();
    this.#child = child;
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        if (this.#ports.size === 0) said.push(readRuntimeLog(line).message);
        if (said.length > LAST_LINES) said.shift();
        reportRuntimeLine(line);
      });
    }
    const ended = new Promise<null>((resolve) => {
      const end = () => {
        if (this.#child === child) this.#child = null;
        this.#ports = new Map();
        resolve(null);
      };
      child.once("close", (_code, signal) => {
        this.#wasKilled = signal === "SIGKILL";
        end();
      });
      child.once("error", (error) => {
        said.push(error.message);
        end();
      });
    });
    const ports = await Promise.race([this.#listening(child), ended]);
    if (ports === null)
      throw new StartError(`workerd does not start: ${said.join(" ").replace(/\s+/g, " ") || "it ended"}`);
    this.#ports = ports;
    void ended.then(() => this.#restart(performance.now() - startedAt));
  }

  #spawn(): ChildProcess {
    const { builtFiles, environment, guard, inspectorPort, statePath } = this.#options;
    const serve = [
      ...["serve", "--experimental", "--control-fd=3", `--import-path=${builtFiles}`],
      ...(inspectorPort ? [`--inspector-addr=127.0.0.1:${inspectorPort}`] : []),
      this.#configFile,
    ];
    return spawn("sh", [SCRIPT, pidFile(statePath), guard?.folder ?? "", workerdProgram(), ...serve], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...process.env, TZ: "UTC", ...environment },
    });
  }

  /** The ports, once workerd listens on all sockets; workerd tells each of them in a line on a pipe. */
  #listening(child: ChildProcess): Promise<ReadonlyMap<string, number>> {
    const ports = new Map<string, number>();
    const wanted = this.#options.config.sockets.map(({ name }) => name);
    const control = child.stdio[3];
    return new Promise((resolve) => {
      if (!(control instanceof Readable)) throw new Error("workerd has no pipe to tell its ports by");
      createInterface({ input: control }).on("line", (line) => {
        const { socket, port } = listeningIn(line);
        if (socket !== undefined && port !== undefined) ports.set(socket, port);
        if (wanted.every((name) => ports.has(name))) resolve(ports);
      });
    });
  }

  async #restart(livedMs: number): Promise<void> {
    if (this.#isStopped) return;
    console.error("workerd ended and is started again; a line above this one may say why.");
    this.#shortLives = livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    // One may be killed in the middle of its start, too.
    for (let failed = 1; ; failed++) {
      const more = this.#shortLives - SHORT_LIVES;
      if (more > 0) await wait(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (more - 1)));
      if (this.#isStopped) return;
      const error = await this.#start().then(() => null, asError);
      if (error === null || this.#isStopped) return;
      console.error(error.message);
      if (failed === START_TRIES) return this.#options.onFailure?.(error);
      this.#shortLives++;
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** What a line tells of a socket that is listened on. The last line of one that is killed may be cut off: it tells nothing. */
function listeningIn(line: string): { socket?: string; port?: number } {
  try {
    return JSON.parse(line) as { socket?: string; port?: number };
  } catch {
    return {};
  }
}

/** workerd's program for this system. */
function workerdProgram(): string {
  return createRequire(import.meta.url)("workerd").default;
}
