import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Miniflare } from "miniflare";
import { type DataDir, openDataDir } from "../../src/local/data-dir.ts";
import { migrate } from "../../src/local/migrate.ts";
import { openMiniflare } from "../../src/local/runtime.ts";
import { readSettings } from "../../src/local/settings.ts";
import { workerOptions } from "../../src/local/worker-options.ts";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";
import { clockAhead } from "../released/clock.ts";
import { Client } from "./client.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A data directory that a released version left, and what it holds; see test/released/make.ts. */
export interface ReleasedData {
  key: string;
  events: string[];
  endpoints: { delivered: string; failing: string; disabled: string; paused: string };
  job: string;
  /** When it was left, by the clock that it was made with; Unix milliseconds. */
  leftAt: number;
  files: Record<string, string>;
}

export function releasedData(version: string): ReleasedData {
  const packed = readFileSync(join(ROOT, `test/released/${version}.data.json.gz`));
  return JSON.parse(gunzipSync(packed).toString()) as ReleasedData;
}

/** Today's Worker on what a released version left, a minute after it was left. */
export class ReleasedService {
  readonly client: Client;
  readonly #miniflare: Miniflare;
  readonly #dataDir: DataDir;

  private constructor(client: Client, miniflare: Miniflare, dataDir: DataDir) {
    this.client = client;
    this.#miniflare = miniflare;
    this.#dataDir = dataDir;
  }

  static async start({ files, key, leftAt }: ReleasedData): Promise<ReleasedService> {
    const path = mkdtempSync(join(tmpdir(), "atlas-released-"));
    for (const [file, base64] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true, mode: 0o700 });
      writeFileSync(join(path, file), Buffer.from(base64, "base64"), { mode: 0o600 });
    }
    const settings = readSettings({ PORT: "0", DATA_DIR: path });
    const dataDir = openDataDir(settings);
    const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
    await migrate(ROOT, wrangler, dataDir.statePath);
    const options = workerOptions(ROOT, wrangler, settings, dataDir);
    const main = options.config.manifest?.modules["worker.js"];
    if (main === undefined) throw new Error("the Worker's module has another name");
    main.contents = clockAhead(leftAt + 60_000 - Date.now()) + main.contents;
    const miniflare = openMiniflare(dataDir.statePath, { workers: [options] });
    const { port } = await miniflare.unsafeGetDirectURL();
    return new ReleasedService(new Client(`http://127.0.0.1:${port}`, key), miniflare, dataDir);
  }

  async remove(): Promise<void> {
    await this.#miniflare.dispose();
    this.#dataDir.release();
    rmSync(this.#dataDir.path, { recursive: true, force: true });
  }
}
