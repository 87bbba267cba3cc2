import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare, type MiniflareOptions } from "miniflare";
import { miniflareBasics } from "../../src/local/runtime.ts";
import { pidFile } from "../../src/local/runtime-process.ts";
import { buildWorker } from "../build.ts";

/** A Worker of this folder, running beside the service in a workerd of its own. */
export interface BareServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

type WorkerConfig = MiniflareOptions["workers"][number]["config"];

/** Builds and starts `bare` (its object, the way out) or `dialects` (neither), as the local server starts the service. */
export async function startBare(name: "bare" | "dialects", scratch: string): Promise<BareServer> {
  const root = buildWorker(name, scratch);
  const statePath = mkdtempSync(join(root, "state-"));
  const bindings: Pick<WorkerConfig, "env" | "exports"> =
    name === "dialects"
      ? {}
      : {
          env: {
            BARE: { type: "durable-object", worker: name, exportName: "Bare" },
            EGRESS: { type: "network", allow: ["127.0.0.0/8"], tlsOptions: { trustBrowserCas: true } },
          },
          exports: { Bare: { type: "durable-object", storage: "sqlite" } },
        };
  const miniflare = new Miniflare({
    ...miniflareBasics(statePath),
    workers: [
      {
        config: {
          name,
          compatibilityDate: "2026-10-01",
          compatibilityFlags: ["nodejs_compat"],
          manifest: {
            mainModule: "worker.js",
            modules: {
              "worker.js": { type: "esm", contents: readFileSync(join(root, "dist/worker.js"), "utf8") },
            },
          },
          ...bindings,
        },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
      },
    ],
  });
  const { port } = await miniflare.unsafeGetDirectURL();
  return {
    url: `http://127.0.0.1:${port}`,
    pid: Number(readFileSync(pidFile(statePath), "utf8")),
    stop: () => miniflare.dispose(),
  };
}
