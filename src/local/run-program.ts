import { spawn } from "node:child_process";
import { StartError } from "./start-error.ts";

/** A program of Node's that runs beside this process, and gets the signals that would end it. */
export interface Program {
  cwd: string;
  /** As its failure calls it. */
  name: string;
  script: string;
  given: readonly string[];
  /** When what it says is seen: as it says it, or only with its failure. */
  shows: "always" | "if it fails";
}

/** Runs a program; `ended` rejects with a StartError if it fails. */
export function runProgram({ cwd, name, script, given, shows }: Program): { ended: Promise<void> } {
  const output = shows === "always" ? "inherit" : "pipe";
  const child = spawn(process.execPath, [script, ...given], {
    cwd,
    stdio: ["ignore", output, output],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" },
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
  const stop = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const one of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeListener(one, stop);
      if (code === 0 || signal !== null) resolve();
      else reject(new StartError(`${Buffer.concat(said)}${name} ended with ${code}.`));
    });
  });
  return { ended };
}
