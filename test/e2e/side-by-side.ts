import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { WorkerdService } from "../../src/local/workerd-config.ts";
import type { ReleasedVersion } from "../released/versions.ts";
import { ChangedWorker, withScript } from "./changed-worker.ts";
import { Client } from "./client.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The code of a version: one that was released, as `wrangler deploy --minify` built it, or what is here. */
export type Version = ReleasedVersion | "new";

/** Which code runs where. */
export interface Places {
  worker: Version;
  log: Version;
  endpoint: Version;
}

/** Which classes run beside what the name of a place says; the rest is of no released version. */
const CLASSES = { log: "EventLog", endpoint: "Endpoint" } as const;

/** A service of which the Worker and the two kinds of objects each run their own version, in one workerd. */
export class SideBySide {
  readonly client: Client;
  readonly #worker: ChangedWorker;

  private constructor(client: Client, worker: ChangedWorker) {
    this.client = client;
    this.#worker = worker;
  }

  static async start(places: Places): Promise<SideBySide> {
    const started = await ChangedWorker.start(ChangedWorker.newDataDir(), (config, worker) => {
      const versions = { ...places, beside: "new" as const };
      const apart = (["worker", "log", "endpoint", "beside"] as const).map((place) =>
        withVersion(placed(worker, place), versions[place]),
      );
      return {
        ...config,
        services: [...config.services.filter((one) => one !== worker), ...apart],
        sockets: config.sockets.map((socket) => ({ ...socket, service: { name: "worker" } })),
      };
    });
    const operator = new Client(started.url, started.dataDir.adminToken);
    const { body } = await operator.request<{ key: string }>("POST", "/v1/workspaces", { name: "both" });
    return new SideBySide(new Client(started.url, body.key), started);
  }

  remove(): Promise<void> {
    return this.#worker.remove();
  }
}

/** The Worker as a service that has the objects of one place, and finds all others where they are. */
function placed({ worker, ...service }: WorkerdService, place: keyof Places | "beside"): WorkerdService {
  const placeOf = (className: unknown) =>
    Object.entries(CLASSES).find(([, name]) => name === className)?.[0] ?? "beside";
  const bindings = worker?.bindings?.map((binding) => {
    const { durableObjectNamespace: objects } = binding;
    if (typeof objects !== "object" || !("className" in objects)) return binding;
    return { ...binding, durableObjectNamespace: { ...objects, serviceName: placeOf(objects.className) } };
  });
  const durableObjectNamespaces = worker?.durableObjectNamespaces?.filter(
    ({ className }) => placeOf(className) === place,
  );
  return { ...service, name: place, worker: { ...worker, bindings, durableObjectNamespaces } };
}

function withVersion(service: WorkerdService, version: Version): WorkerdService {
  if (version === "new") return service;
  return withScript(
    service,
    gunzipSync(readFileSync(join(ROOT, `test/released/${version}.js.gz`))).toString(),
  );
}
