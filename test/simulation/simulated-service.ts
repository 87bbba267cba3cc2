import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { Bucket } from "./bucket.ts";
import { Database } from "./d1.ts";
import { Faults } from "./faults.ts";
import { giveBackIsolates, type Isolate, newIsolate, releasedIsolate } from "./isolate.ts";
import { Namespace } from "./object.ts";
import type { Plan } from "./plan.ts";
import { Receivers } from "./receiver.ts";
import { World } from "./world.ts";

export const ADMIN_TOKEN = "simulated-operator-token";
const CRON_MS = 60_000;

/** As deployed to Cloudflare. */
const { SAFETY_NET_SECONDS, ARCHIVE_AFTER_SECONDS } = parse(
  readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8"),
).vars as Record<string, string>;
const BILLED_DELAYS = { SAFETY_NET_SECONDS, ARCHIVE_AFTER_SECONDS };

/** An answer of the API; null = it, or the request, was lost. */
export type Answer = { status: number; body: Record<string, unknown>; retryAfter: string | null } | null;

/** A request to the API. */
export interface Call {
  method: string;
  path: string;
  key: string;
  body?: object | undefined;
  headers?: Record<string, string> | undefined;
}

/** The hub of every workspace: without sockets there is nothing of it to simulate. */
const NOBODY_WATCHES = {
  getByName: () => ({ erase: async () => {}, watching: async () => null }),
};

/** The whole service in one world: the unchanged Worker and its objects, on simulated storage and network. */
export class Service {
  readonly world: World;
  readonly faults: Faults;
  readonly receivers: Receivers;
  readonly database: Database;
  readonly archive: Bucket;
  readonly logs: Namespace;
  readonly endpoints: Namespace;
  readonly senders: Namespace;
  readonly #env: Record<string, unknown>;
  #isolate: Isolate;
  /** From when all is counted, by the clock on the wall; 0 = from the start. A released version may not have counted. */
  countsFrom = 0;
  readonly #countedBefore: boolean;
  /** The lines that it logged. */
  readonly logLines: string[] = [];

  private constructor(world: World, faults: Faults, isolate: Isolate, { isBilled, released }: Plan) {
    this.world = world;
    this.faults = faults;
    this.#isolate = isolate;
    this.receivers = new Receivers(world, (point) => faults.count(point));
    this.database = new Database(world, faults, released?.lastMigration ?? null);
    this.#countedBefore = released?.counts ?? true;
    this.archive = new Bucket(world, faults);
    this.logs = new Namespace(world, faults, isolate.EventLog, () => this.#env);
    this.endpoints = new Namespace(world, faults, isolate.Endpoint, () => this.#env);
    this.senders = new Namespace(world, faults, isolate.Sender, () => this.#env);
    this.#env = {
      DB: this.database.binding,
      ARCHIVE: this.archive.binding,
      EVENT_LOG: this.logs.binding,
      ENDPOINT: this.endpoints.binding,
      SENDER: this.senders.binding,
      HUB: NOBODY_WATCHES,
      // What runs is the way of Cloudflare, by `fetch`; a released version knows no other than this one.
      ...(released !== null ? { EGRESS: this.receivers.binding } : {}),
      ADMIN_TOKEN,
      ENCRYPTION_KEY: btoa("\0".repeat(32)),
      ALLOWED_NETWORKS: "public",
      SLOTS_PER_OBJECT: "6",
      ARCHIVE_AFTER_SECONDS: "60",
      ...(isBilled ? BILLED_DELAYS : {}),
    };
    globalThis.fetch = (url, init) => this.receivers.binding.fetch(url, init);
    console.log =
      console.warn =
      console.error =
        (...given: unknown[]) => void this.logLines.push(given.join(" "));
    world.in(CRON_MS, () => this.#cron());
  }

  /** A new service with empty disks, of this version or of a released one. Takes the process's clock, timers, chance and console for itself. */
  static async start(plan: Plan, leansOn: string | null, only: ReadonlySet<string> | null): Promise<Service> {
    giveBackIsolates();
    // What is new asks for the time as it is made.
    const world = new World(plan.seed);
    const isolate = await (plan.released ? releasedIsolate(plan.released.version) : newIsolate());
    return new Service(world, new Faults(world, leansOn, only), isolate, plan);
  }

  /** What the isolate's budgets count as held, bytes. */
  get heldBytes(): number {
    return this.#isolate.heldBytes();
  }

  /** New code: the Worker's at once, each object's from its next life on, when what the old code left is opened by it. */
  async deploy(): Promise<void> {
    this.#isolate = await this.world.really(newIsolate());
    this.faults.count("new code on an old disk");
    this.world.note("deploy");
    this.logs.code = this.#isolate.EventLog;
    this.endpoints.code = this.#isolate.Endpoint;
    this.senders.code = this.#isolate.Sender;
  }

  /** An upgrade on one machine: what ran ends, D1 is migrated, and this version opens what the released one left. */
  async upgrade(): Promise<void> {
    for (const objects of [this.logs, this.endpoints]) {
      for (const slot of objects.slots.values()) {
        objects.reset(slot.name, "for the upgrade");
        // Those of the released version are not this one's: 0.1.0 woke without end while a receiver dripped.
        slot.alarmsRung = 0;
      }
    }
    this.database.migrate();
    delete this.#env.EGRESS;
    await this.deploy();
    if (!this.#countedBefore) this.countsFrom = this.world.now;
    this.faults.count("upgrade of what a released version left");
  }

  /** One request to the API, as a client makes it over a network that loses some. */
  async request({ method, path, key, body, headers = {} }: Call): Promise<Answer> {
    await this.world.sleep(this.world.chance.between(0.2, 2));
    if (this.faults.happens("requestLost", "request to the API lost")) return null;
    const init: RequestInit = {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const context = {
      waitUntil: (work: Promise<unknown>) => void work.catch(() => {}),
      passThroughOnException() {},
      props: {},
    };
    const request = new Request(`http://service${path}`, init);
    const response = await this.#isolate.worker.fetch(request, this.#env as never, context as never);
    const text = await response.text();
    this.world.note(`${method} ${path} ${response.status}`);
    if (this.faults.happens("requestLost", "answer of the API lost")) return null;
    return {
      status: response.status,
      body: text === "" || text[0] !== "{" ? { text } : (JSON.parse(text) as Record<string, unknown>),
      retryAfter: response.headers.get("retry-after"),
    };
  }

  async #cron(): Promise<void> {
    this.world.in(CRON_MS, () => this.#cron());
    const at = { scheduledTime: Math.floor(this.world.now) };
    await this.#isolate.worker.scheduled(at as never, this.#env as never);
  }
}
