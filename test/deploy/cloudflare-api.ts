import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const ACCOUNT = "/accounts/acc1";

/** A failure that is answered once: of the first request whose `METHOD /path` fits, before or after it took effect. */
export interface Failure {
  on: RegExp;
  status: number;
  after?: boolean;
}

interface Reply {
  status: number;
  result: unknown;
  errors?: { code: number; message: string }[];
}

/** Cloudflare's API as far as wrangler needs it to set the service up, with an account that is empty at first. */
export class CloudflareApi {
  readonly databases = new Map<string, { uuid: string; name: string; statements: string[]; near?: string }>();
  /** By name; those of a jurisdiction by `eu/name`. */
  readonly buckets = new Map<string, { name: string; rules: { id: string }[]; near?: string }>();
  /** By Worker, the names of its secrets. */
  readonly workers = new Map<string, Set<string>>();
  /** Each upload's secrets, in order. */
  readonly uploadedSecrets: Record<string, string>[] = [];
  readonly failures: Failure[] = [];
  readonly requests: string[] = [];
  /** The jurisdiction that each request for a bucket names. */
  readonly jurisdictions: (string | undefined)[] = [];
  readonly #server = createServer((request, response) => this.#serve(request, response));

  /** The base URL for `CLOUDFLARE_API_BASE_URL`. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/client/v4`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
    const line = `${request.method} ${pathname.replace("/client/v4", "")}`;
    this.requests.push(line);
    const failure = this.failures.find(({ on }) => on.test(line));
    if (failure) this.failures.splice(this.failures.indexOf(failure), 1);
    const jurisdiction = request.headers["cf-r2-jurisdiction"]?.toString();
    if (line.includes("/r2/buckets")) this.jurisdictions.push(jurisdiction);
    const bucketKey = (name: string) => (jurisdiction === undefined ? name : `${jurisdiction}/${name}`);
    const acted =
      failure && !failure.after ? null : this.#act(line, searchParams, Buffer.concat(chunks), bucketKey);
    const {
      status,
      result,
      errors = [],
    } = failure ? failed(failure.status, 10013, "transient") : (acted ?? ok({}));
    response.writeHead(status, { "content-type": "application/json" });
    const result_info = { page: 1, per_page: 50, count: 1, total_count: 1, total_pages: 1 };
    response.end(JSON.stringify({ success: status < 400, errors, messages: [], result, result_info }));
  }

  #act(line: string, query: URLSearchParams, body: Buffer, bucketKey: (name: string) => string): Reply {
    const routes: [RegExp, (name: string) => Reply][] = [
      [/^GET \/user$/, () => ok({ id: "u1", email: "operator@example.com" })],
      [/^GET \/user\/tokens\/verify$/, () => ok({ id: "t1", status: "active" })],
      [
        /^GET \/(accounts|memberships)$/,
        () => ok([{ id: "acc1", name: "A", account: { id: "acc1", name: "A" } }]),
      ],
      [/^GET \/d1\/database$/, () => ok(this.#databasesNamed(query.get("name")))],
      [/^POST \/d1\/database$/, () => ok(this.#makeDatabase(JSON.parse(body.toString())))],
      [/^POST \/d1\/database\/([^/]+)\/query$/, (id) => this.#query(id, JSON.parse(body.toString()).sql)],
      [
        /^GET \/d1\/database\/([^/]+)$/,
        (id) => found(this.#database(id), 7404, "The database could not be found"),
      ],
      [/^POST \/r2\/buckets$/, () => ok(this.#makeBucket(JSON.parse(body.toString()), bucketKey))],
      [
        /^GET \/r2\/buckets\/([^/]+)$/,
        (name) => found(this.buckets.get(bucketKey(name)), 10006, "The specified bucket does not exist."),
      ],
      [
        /^GET \/r2\/buckets\/([^/]+)\/lifecycle$/,
        (name) => ok({ rules: this.buckets.get(bucketKey(name))?.rules ?? [] }),
      ],
      [
        /^PUT \/r2\/buckets\/([^/]+)\/lifecycle$/,
        (name) => this.#setRules(bucketKey(name), JSON.parse(body.toString()).rules),
      ],
      [
        /^GET \/workers\/scripts\/([^/]+)\/secrets$/,
        (name) =>
          this.#ofWorker(
            name,
            [...(this.workers.get(name) ?? [])].map((secret) => ({ name: secret, type: "secret_text" })),
          ),
      ],
      [/^PUT \/workers\/scripts\/([^/]+)$/, (name) => this.#upload(name, body.toString("latin1"))],
      [/^POST \/workers\/scripts\/([^/]+)\/versions$/, (name) => this.#upload(name, body.toString("latin1"))],
      [/^GET \/workers\/scripts\/([^/]+)\/deployments$/, (name) => this.#ofWorker(name, { deployments: [] })],
      [/^GET \/workers\/scripts\/([^/]+)\/versions$/, (name) => this.#ofWorker(name, { items: [] })],
      [
        /^GET \/workers\/scripts\/([^/]+)\/settings$/,
        (name) => this.#ofWorker(name, { bindings: [], tags: [] }),
      ],
      [/^GET \/workers\/scripts\/([^/]+)\/subdomain$/, () => ok({ enabled: true, previews_enabled: false })],
      [
        /^GET \/workers\/services\/([^/]+)/,
        (name) =>
          this.#ofWorker(name, {
            default_environment: {
              environment: "production",
              script: { last_deployed_from: "wrangler", migration_tag: "v1" },
            },
          }),
      ],
      [
        /^GET \/workers\/workers\/[^/]+$/,
        () => ok({ id: "w1", subdomain: { enabled: true, previews_enabled: false } }),
      ],
      [/^GET \/workers\/subdomain$/, () => ok({ subdomain: "me" })],
      // The files of the dashboard: as if all of them were there from an earlier upload.
      [/^POST \/workers\/scripts\/[^/]+\/assets-upload-session$/, () => ok({ jwt: "uploaded", buckets: [] })],
      [/^(GET|PUT) \/workers\/scripts\/[^/]+\/schedules$/, () => ok({ schedules: [] })],
      [/domains|routes/, () => ok([])],
    ];
    const local = line.replace(ACCOUNT, "");
    for (const [pattern, act] of routes) {
      const match = pattern.exec(line) ?? pattern.exec(local);
      if (match) return act(decodeURIComponent(match[1] ?? ""));
    }
    return ok({});
  }

  #database(id: string) {
    return [...this.databases.values()].find(({ name, uuid }) => name === id || uuid === id);
  }

  #databasesNamed(name: string | null) {
    return [...this.databases.values()].filter((database) => name === null || database.name.includes(name));
  }

  #makeDatabase({ name, primary_location_hint: near }: { name: string; primary_location_hint?: string }) {
    const database = {
      uuid: crypto.randomUUID(),
      name,
      statements: [],
      near,
      version: "production",
      num_tables: 0,
      file_size: 1,
    };
    this.databases.set(name, database);
    return database;
  }

  #query(id: string, sql: string): Reply {
    const database = this.#database(id);
    database?.statements.push(sql);
    const meta = {
      duration: 1,
      rows_read: 0,
      rows_written: 0,
      changes: 0,
      last_row_id: 0,
      changed_db: false,
      size_after: 1,
    };
    return found(database && [{ success: true, results: [], meta }], 7404, "The database could not be found");
  }

  #makeBucket(
    { name, locationHint: near }: { name: string; locationHint?: string },
    bucketKey: (name: string) => string,
  ) {
    const bucket = { name, creation_date: new Date(0).toISOString(), rules: [], near };
    this.buckets.set(bucketKey(name), bucket);
    return bucket;
  }

  #setRules(key: string, rules: { id: string }[]): Reply {
    const bucket = this.buckets.get(key);
    if (bucket) bucket.rules = rules;
    return ok({});
  }

  #ofWorker(name: string, result: unknown): Reply {
    return this.workers.has(name)
      ? ok(result)
      : failed(404, 10007, "This Worker does not exist on your account.");
  }

  /** A version of a Worker: new secrets are added; one that is inherited must be there. */
  #upload(name: string, form: string): Reply {
    const metadata = JSON.parse(/name="metadata"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(form)?.[1] ?? "{}");
    const bindings: { type: string; name: string; text?: string }[] = metadata.bindings ?? [];
    const secrets = bindings.filter(({ type }) => type === "secret_text");
    const known = this.workers.get(name) ?? new Set();
    const lacking = bindings.find((binding) => binding.type === "inherit" && !known.has(binding.name));
    if (lacking) return failed(400, 10057, `inherit binding '${lacking.name}' is invalid`);
    if (secrets.length > 0) {
      this.uploadedSecrets.push(
        Object.fromEntries(secrets.map((secret) => [secret.name, secret.text ?? ""])),
      );
    }
    this.workers.set(name, new Set([...known, ...secrets.map((secret) => secret.name)]));
    return ok({
      id: "v1",
      etag: "e",
      startup_time_ms: 50,
      deployment_id: "d1",
      metadata: {},
      resources: { script: {}, script_runtime: {} },
    });
  }
}

function ok(result: unknown): Reply {
  return { status: 200, result };
}

function failed(status: number, code: number, message: string): Reply {
  return { status, result: null, errors: [{ code, message }] };
}

function found(result: unknown, code: number, message: string): Reply {
  return result === undefined ? failed(404, code, message) : ok(result);
}
