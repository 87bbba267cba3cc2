import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "./client.ts";
import { eventually } from "./eventually.ts";
import { untilProcessesGone } from "./processes-of.ts";

const ROOT = join(import.meta.dirname, "../..");
const NODE = join(ROOT, "node_modules/.bin/node");
const START_DEADLINE_MS = 60_000;

/** The local server as a process of its own, in a process group of its own. */
export interface ServiceProcess {
  child: ChildProcess;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Its exit code, once it has ended; null = by a signal. */
  exit: Promise<number | null>;
}

/**
 * Starts the program; does not wait for it to serve.
 * @param openFiles its limit of open files, soft and hard; null = as here
 */
export function launch(environment: Record<string, string>, openFiles: number | null = null): ServiceProcess {
  // `npm run test:e2e:six` has every test meet Cloudflare's limit.
  const { SLOTS_PER_OBJECT } = process.env;
  const slots = SLOTS_PER_OBJECT ? { SLOTS_PER_OBJECT } : {};
  const limit = openFiles === null ? "" : `ulimit -n ${openFiles} && `;
  const child = spawn("sh", ["-c", `${limit}exec "$0" src/local/main.js`, NODE], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...slots, ...environment },
  });
  const printed = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    printed.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    printed.stderr += chunk;
  });
  return {
    child,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    exit: new Promise((resolve) => child.once("close", (code) => resolve(code))),
  };
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** A started service with a data directory of its own, which outlives its processes. */
export class Service {
  readonly dataDir: string;
  readonly url: string;
  readonly environment: Record<string, string>;
  /** With the admin key of the workspace `default`. */
  client: Client;
  process: ServiceProcess;

  private constructor(dataDir: string, url: string, environment: Record<string, string>) {
    this.dataDir = dataDir;
    this.url = url;
    this.environment = environment;
    this.process = launch(environment);
    this.client = new Client(url, "");
  }

  static async start(environment: Record<string, string> = {}): Promise<Service> {
    const dataDir = environment.DATA_DIR ?? mkdtempSync(join(tmpdir(), "atlas-e2e-"));
    const port = await freePort();
    const service = new Service(dataDir, `http://127.0.0.1:${port}`, {
      PORT: String(port),
      ...environment,
      DATA_DIR: dataDir,
    });
    await service.#untilWelcome();
    const key = /\bak_[\w-]+/.exec(service.process.stdout())?.[0];
    if (key === undefined) throw new Error("the first start printed no key");
    service.client = new Client(service.url, key);
    return service;
  }

  /** The operator's client. */
  get operator(): Client {
    return new Client(this.url, readFileSync(join(this.dataDir, "admin-token"), "utf8").trim());
  }

  /** The process id of workerd. */
  get workerdPid(): number {
    return Number(readFileSync(join(this.dataDir, "state/workerd.pid"), "utf8"));
  }

  /** Ends it as a user does. Returns the exit code. */
  async stop(signal: "SIGINT" | "SIGTERM" = "SIGTERM"): Promise<number | null> {
    this.process.child.kill(signal);
    return this.process.exit;
  }

  /**
   * kill -9 of the whole process group: Node and workerd at once. What is killed may go on ending for some milliseconds,
   * as anywhere: a restart has to stand that.
   */
  async kill9(): Promise<void> {
    if (this.process.child.pid !== undefined) process.kill(-this.process.child.pid, "SIGKILL");
    await this.process.exit;
  }

  /** Starts it again on the same data and port, after a stop or a kill. `openFiles` as for `launch`. */
  async restart(openFiles: number | null = null): Promise<void> {
    this.process = launch(this.environment, openFiles);
    await this.#untilWelcome();
  }

  /** Ends it, however it is, and removes its data once nothing holds a file of it. */
  async remove(): Promise<void> {
    if (this.process.child.exitCode === null && this.process.child.signalCode === null) await this.kill9();
    if (this.process.child.pid !== undefined) await untilProcessesGone(this.process.child.pid, this.dataDir);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #untilWelcome(): Promise<void> {
    const { child, stdout, stderr } = this.process;
    await eventually(
      "the service's first line",
      () => {
        if (child.exitCode !== null) throw new Error(`the service ended: ${stderr()}`);
        return stdout().includes("Ctrl-C stops it") && stdout().includes("/v1/events");
      },
      START_DEADLINE_MS,
    );
  }
}
