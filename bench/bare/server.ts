import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Runtime } from "../../src/local/runtime.ts";
import { pidFile } from "../../src/local/runtime-process.ts";
import type { WorkerdService } from "../../src/local/workerd-config.ts";
import { buildWorker } from "../build.ts";

/** A Worker of this folder, running beside the service in a workerd of its own. */
export interface BareServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Builds and starts `bare` (its object, the way out) or `dialects` (neither), as the local server starts the service. */
export async function startBare(name: "bare" | "dialects", scratch: string): Promise<BareServer> {
  const root = buildWorker(name, scratch);
  const statePath = mkdtempSync(join(root, "state-"));
  const disk = join(statePath, "do");
  mkdirSync(disk);
  const runtime = await Runtime.start({
    config: {
      services: [
        {
          name,
          worker: {
            compatibilityDate: "2026-10-01",
            modules: [{ name: "worker.js", esModule: { embed: "/worker.js" } }],
            ...(name === "bare" && OBJECT_AND_WAY_OUT),
          },
        },
        { name: "egress", network: { allow: ["127.0.0.0/8"], tlsOptions: { trustBrowserCas: true } } },
        { name: "disk", disk: { path: disk, writable: true } },
      ],
      sockets: [{ name, address: "127.0.0.1:0", service: { name }, http: {} }],
      structuredLogging: true,
    },
    builtFiles: join(root, "dist"),
    statePath,
  });
  return {
    url: `http://127.0.0.1:${runtime.portOf(name)}`,
    pid: Number(readFileSync(pidFile(statePath), "utf8")),
    stop: () => runtime.stop(),
  };
}

const OBJECT_AND_WAY_OUT: WorkerdService["worker"] = {
  bindings: [
    { name: "BARE", durableObjectNamespace: { className: "Bare" } },
    { name: "EGRESS", service: { name: "egress" } },
  ],
  durableObjectNamespaces: [{ className: "Bare", uniqueKey: "bare-Bare", enableSql: true }],
  durableObjectStorage: { localDisk: "disk" },
};
