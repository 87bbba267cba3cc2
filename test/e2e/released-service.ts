import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { clockAhead } from "../released/clock.ts";
import { ChangedWorker, withScript } from "./changed-worker.ts";
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
  readonly #worker: ChangedWorker;

  private constructor(client: Client, worker: ChangedWorker) {
    this.client = client;
    this.#worker = worker;
  }

  static async start({ files, key, leftAt }: ReleasedData): Promise<ReleasedService> {
    const path = mkdtempSync(join(tmpdir(), "atlas-released-"));
    for (const [file, base64] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true, mode: 0o700 });
      writeFileSync(join(path, file), Buffer.from(base64, "base64"), { mode: 0o600 });
    }
    const script = readFileSync(join(ROOT, "dist/worker.js"), "utf8");
    const started = await ChangedWorker.start(path, (config, worker) => {
      const later = withScript(worker, clockAhead(leftAt + 60_000 - Date.now()) + script);
      return { ...config, services: config.services.map((one) => (one === worker ? later : one)) };
    });
    return new ReleasedService(new Client(started.url, key), started);
  }

  remove(): Promise<void> {
    return this.#worker.remove();
  }
}
