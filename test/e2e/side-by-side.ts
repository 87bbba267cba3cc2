import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Miniflare } from "miniflare";
import { type DataDir, openDataDir } from "../../src/local/data-dir.ts";
import { migrate } from "../../src/local/migrate.ts";
import { openMiniflare } from "../../src/local/runtime.ts";
import { readSettings } from "../../src/local/settings.ts";
import { workerOptions } from "../../src/local/worker-options.ts";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";
import { Client } from "./client.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The code of a version: what was last released, as `wrangler deploy --minify` built it, or what is here. */
export type Version = "0.1.0" | "new";

/** Which code runs where. */
export interface Places {
  worker: Version;
  log: Version;
  endpoint: Version;
}

/** A service of which the Worker and the two kinds of objects each run their own version, in one workerd. */
export class SideBySide {
  readonly client: Client;
  readonly #miniflare: Miniflare;
  readonly #dataDir: DataDir;

  private constructor(client: Client, miniflare: Miniflare, dataDir: DataDir) {
    this.client = client;
    this.#miniflare = miniflare;
    this.#dataDir = dataDir;
  }

  static async start(places: Places): Promise<SideBySide> {
    const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
    const settings = readSettings({
      PORT: "0",
      DATA_DIR: mkdtempSync(join(tmpdir(), "atlas-side-by-side-")),
    });
    const dataDir = openDataDir(settings);
    await migrate(ROOT, wrangler, dataDir.statePath);
    const others = wrangler.objects.filter(({ className }) => !["EventLog", "Endpoint"].includes(className));
    const bindings = Object.fromEntries(
      wrangler.objects.map(({ binding, className }) => {
        const place = { EventLog: "log", Endpoint: "endpoint" }[className] ?? "beside";
        return [binding, { type: "durable-object", worker: place, exportName: className } as const];
      }),
    );
    const worker = (place: keyof Places | "beside", objects: string[]) => {
      const options = workerOptions(ROOT, wrangler, settings, dataDir);
      const { config } = options;
      config.name = place;
      const main = config.manifest?.modules["worker.js"];
      if (main === undefined) throw new Error("the Worker's module has another name");
      // What no released version has runs as it is here.
      const version = place === "beside" ? "new" : places[place];
      if (version !== "new") main.contents = released(version);
      config.env = {
        ...config.env,
        ...bindings,
      };
      config.exports = Object.fromEntries(
        objects.map((name) => [name, { type: "durable-object", storage: "sqlite" } as const]),
      );
      return place === "worker" ? options : { ...options, dev: {} };
    };
    const miniflare = openMiniflare(dataDir.statePath, {
      workers: [
        worker("worker", []),
        worker("log", ["EventLog"]),
        worker("endpoint", ["Endpoint"]),
        worker(
          "beside",
          others.map(({ className }) => className),
        ),
      ],
    });
    const { port } = await miniflare.unsafeGetDirectURL();
    const url = `http://127.0.0.1:${port}`;
    const operator = new Client(url, dataDir.adminToken);
    const { body } = await operator.request<{ key: string }>("POST", "/v1/workspaces", { name: "both" });
    return new SideBySide(new Client(url, body.key), miniflare, dataDir);
  }

  async remove(): Promise<void> {
    await this.#miniflare.dispose();
    this.#dataDir.release();
    rmSync(this.#dataDir.path, { recursive: true, force: true });
  }
}

function released(version: string): string {
  return gunzipSync(readFileSync(join(ROOT, `test/released/${version}.js.gz`))).toString();
}
