import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Atlas, CreatedEndpoint, Endpoint } from "../../sdk/client/index.ts";
import { configurationFile, type Environment } from "../shell/configuration.ts";
import { CommandError, UsageError } from "../shell/failure.ts";

/** What an endpoint's metadata calls the device that it belongs to. */
const DEVICE = "atlas_device";

/** Soon at first, since an app that is being worked on is back soon; a working day in all. */
const RETRY = { delays: [1, 2, 5, 10, 30, 60, 300, 900, 1800, 3600, 3600, 7200, 7200], jitter: 0.1 };

/** What the endpoint is to be. */
export interface Wanted {
  /** Tells apart what listens on one device at the same time. */
  name: string;
  types: string[];
  /** Where the app is, to be shown. */
  url: string;
  dialect: string | undefined;
}

/** The key of this device, kept beside the credentials; made at its first use. */
export function deviceKey(environment: Environment): string {
  const file = join(dirname(configurationFile(environment)), "device");
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (/^[0-9a-f-]{36}$/.test(kept)) return kept;
  } catch {
    // There is none yet.
  }
  const fresh = randomUUID();
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${fresh}\n`, { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another one was quicker, or what is there cannot be read.
    if (code === "EEXIST") return readFileSync(file, "utf8").trim();
    throw new CommandError(`${file} cannot be written (${code}): set ATLAS_CONFIG_DIR to a folder of yours.`);
  }
}

/** This device's endpoint, as wanted: found by its key, or made. */
export async function endpointOfDevice(atlas: Atlas, device: string, wanted: Wanted): Promise<Endpoint> {
  const key = `${device}/${wanted.name}`;
  const found = await find(atlas, key);
  if (found === null) return make(atlas, key, wanted);
  if (wanted.dialect !== undefined && wanted.dialect !== found.dialect)
    throw new UsageError(
      `This device listens as ${found.dialect}: take another --name for ${wanted.dialect}, or end it with --once.`,
    );
  const { types, url } = wanted;
  const isSame = JSON.stringify(found.types) === JSON.stringify(types) && found.url === url;
  return isSame ? found : atlas.endpoints.update(found.id, { types, url });
}

async function find(atlas: Atlas, key: string): Promise<Endpoint | null> {
  for await (const endpoint of atlas.endpoints.list({ q: key, limit: 200 }))
    if (endpoint.metadata[DEVICE] === key && endpoint.transport === "listen") return endpoint;
  return null;
}

/** In order, as far as the workspace keeps one: several logs keep that of the values of `shard_by`, or none. */
async function make(atlas: Atlas, key: string, { types, url, dialect }: Wanted): Promise<CreatedEndpoint> {
  const { log_shards: logs, shard_by: by } = await atlas.workspace.get();
  const order = logs === 1 ? "endpoint" : by === null ? "none" : { by };
  return atlas.endpoints.create({
    ...{ transport: "listen", types, url, order, retry: RETRY, disable_after: null },
    ...(dialect === undefined ? {} : { dialect }),
    description: `atlas webhooks listen, on ${hostname()} (${key})`,
    metadata: { [DEVICE]: key },
  });
}
