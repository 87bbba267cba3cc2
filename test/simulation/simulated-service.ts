import "./runtime.ts";
import { Bucket } from "./bucket.ts";
import { Database } from "./d1.ts";
import { Faults } from "./faults.ts";
import { Namespace } from "./object.ts";
import { Receivers } from "./receiver.ts";
import { World } from "./world.ts";

const { default: worker } = await import("../../src/worker.ts");
const { EventLog } = await import("../../src/log/event-log.ts");
const { Endpoint } = await import("../../src/delivery/endpoint.ts");
const { forgetKeys } = await import("../../src/api/auth.ts");

const ADMIN_TOKEN = "simulated-operator-token";
const CRON_MS = 60_000;

/** An answer of the API; null = it, or the request, was lost. */
export type Answer = { status: number; body: Record<string, unknown> } | null;

/** The whole service in one world: the unchanged Worker and its objects, on simulated storage and network. */
export class SimulatedService {
  readonly world: World;
  readonly faults: Faults;
  readonly receivers: Receivers;
  readonly database: Database;
  readonly archive: Bucket;
  readonly logs: Namespace;
  readonly endpoints: Namespace;
  readonly #env: Record<string, unknown>;
  cronRuns = true;

  constructor(seed: number) {
    this.world = new World(seed);
    this.faults = new Faults(this.world);
    this.receivers = new Receivers(this.world);
    this.database = new Database(this.world, this.faults);
    this.archive = new Bucket(this.world, this.faults);
    this.logs = new Namespace(this.world, this.faults, EventLog, () => this.#env);
    this.endpoints = new Namespace(this.world, this.faults, Endpoint, () => this.#env);
    this.#env = {
      DB: this.database.binding,
      ARCHIVE: this.archive.binding,
      EVENT_LOG: this.logs.binding,
      ENDPOINT: this.endpoints.binding,
      EGRESS: this.receivers.binding,
      ADMIN_TOKEN,
      ENCRYPTION_KEY: btoa("\0".repeat(32)),
      ALLOWED_NETWORKS: "public",
      SLOTS_PER_OBJECT: "6",
      ARCHIVE_AFTER_SECONDS: "60",
    };
    // What the isolate of another run knew.
    forgetKeys();
    this.world.at(this.world.now + CRON_MS, () => this.#cron());
  }

  /** One request to the API, as a client makes it over a network that loses some. */
  async request(
    method: string,
    path: string,
    key: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
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
    const response = await worker.fetch(
      new Request(`http://service${path}`, init) as never,
      this.#env as never,
      context as never,
    );
    const text = await response.text();
    this.world.note(`${method} ${path} ${response.status}`);
    if (this.faults.happens("requestLost", "answer of the API lost")) return null;
    return {
      status: response.status,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  /** As the operator. */
  operator(method: string, path: string, body?: object): Promise<Answer> {
    return this.request(method, path, ADMIN_TOKEN, body);
  }

  async #cron(): Promise<void> {
    this.world.at(this.world.now + CRON_MS, () => this.#cron());
    if (!this.cronRuns) return;
    this.faults.count("cron");
    await worker.scheduled({ scheduledTime: Math.floor(this.world.now) } as never, this.#env as never);
  }
}
