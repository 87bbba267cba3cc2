import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCli } from "../../sdk/javascript/cli.ts";
import { Service } from "./started-service.ts";

/** What a run of the program came to. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A program that runs. */
export interface Running {
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  ended: Promise<Ran>;
}

/** The program `atlas` as it is built, run as a process of its own with a home of its own. */
export class CommandLine {
  readonly folder: string;
  readonly program: string;
  environment: Record<string, string>;

  private constructor(folder: string, program: string, environment: Record<string, string>) {
    this.folder = folder;
    this.program = program;
    this.environment = { PATH: process.env.PATH ?? "", HOME: folder, ...environment };
  }

  static async build(environment: Record<string, string> = {}): Promise<CommandLine> {
    const folder = mkdtempSync(join(tmpdir(), "atlas-cli-"));
    return new CommandLine(folder, await buildCli(join(folder, "cli")), environment);
  }

  start(given: readonly string[], { input = "", environment = {} }: RunOptions = {}): Running {
    const child = spawn(process.execPath, [this.program, ...given], {
      cwd: this.folder,
      env: { ...this.environment, ...environment },
    });
    const printed = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      printed.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      printed.stderr += chunk;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    return {
      stdout: () => printed.stdout,
      stderr: () => printed.stderr,
      signal: (signal) => void child.kill(signal),
      ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, ...printed }))),
    };
  }

  run(given: readonly string[], options?: RunOptions): Promise<Ran> {
    return this.start(given, options).ended;
  }

  /** What `--json` of a command wrote that must succeed. */
  async json<Body>(given: readonly string[], options?: RunOptions): Promise<Body> {
    const { code, stdout, stderr } = await this.run([...given, "--json"], options);
    if (code !== 0) throw new Error(`atlas ${given.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Body;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface RunOptions {
  /** Its standard input. */
  input?: string;
  environment?: Record<string, string>;
}

/** A started service, and the program with a key of its first workspace. */
export async function serviceWithCommandLine(): Promise<[Service, CommandLine]> {
  const [service, atlas] = await Promise.all([
    Service.start({ ALLOWED_NETWORKS: "127.0.0.0/8" }),
    CommandLine.build(),
  ]);
  atlas.environment = { ...atlas.environment, ATLAS_URL: service.url, ATLAS_KEY: service.client.key };
  return [service, atlas];
}
