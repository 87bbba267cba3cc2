import { Client } from "./client.ts";
import { outsideOfLives } from "./life.ts";
import { PlayedEndpoint, type Publication } from "./model.ts";
import type { Action, Plan, PlannedEndpoint, Settings } from "./plan.ts";
import { VOICE_TRIGGER } from "./plan.ts";
import { publish } from "./publisher.ts";
import { ADMIN_TOKEN, type Service } from "./simulated-service.ts";

/** A workspace with a key of it. */
export interface Tenant {
  id: string;
  key: string;
}

/** Statuses that end what is done by hand: done, or refused for a reason that the moment gives. */
const DONE_OR_REFUSED = [200, 201, 202, 204, 404, 409, 410, 422];

/** How long a key that was revoked may still work, as documented. */
const REVOKED_AFTER_MS = 10_000;

/** Plays a plan against the service, and keeps what its players know. */
export class Play {
  readonly service: Service;
  readonly plan: Plan;
  readonly client: Client;
  readonly publications = new Map<number, Publication>();
  /** Of the main workspace, by number. */
  readonly endpoints: (PlayedEndpoint | undefined)[] = [];
  main: Tenant = { id: "", key: "" };
  other: Tenant = { id: "", key: "" };
  otherEndpoint: PlayedEndpoint | null = null;
  /** A second key of the main workspace, which publishes until it is revoked. */
  #publisher = { id: "", key: "", revokedAt: null as number | null };
  otherDeletedAt: number | null = null;
  /** When the clock on the wall was set, milliseconds since the start. */
  readonly clockSetAt: number[] = [];
  #open = 0;
  #requests = 0;
  #isStarted = false;

  constructor(service: Service, plan: Plan) {
    this.service = service;
    this.plan = plan;
    this.client = new Client(service);
  }

  /** The endpoints of the main workspace. */
  get all(): PlayedEndpoint[] {
    return this.endpoints.filter((endpoint) => endpoint !== undefined);
  }

  /** Whether everything that was to be done is done, or was given up. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The key that publishes. */
  get publishingKey(): string {
    return this.#publisher.revokedAt === null ? this.#publisher.key : this.main.key;
  }

  start(): void {
    this.#begin(async () => {
      this.main = await this.#newTenant("main");
      this.other = await this.#newTenant("other");
      const body = { name: "publisher", role: "publisher" };
      const made = await this.#once("POST", "/v1/keys", body);
      Object.assign(this.#publisher, { id: made.body.id, key: made.body.key });
      for (const endpoint of this.plan.endpoints)
        this.endpoints[endpoint.number] = await this.#make(this.main, endpoint);
      const [first] = this.plan.endpoints;
      if (first) this.otherEndpoint = await this.#make(this.other, { ...first, number: 9 });
      this.#isStarted = true;
      for (const action of this.plan.actions)
        this.service.world.in(action.at, () => this.#begin(() => this.#act(action)));
    });
  }

  #begin(act: () => Promise<void>): void {
    this.#open++;
    outsideOfLives(act)
      .catch((error: unknown) =>
        this.client.surprises.push(error instanceof Error ? error.message : String(error)),
      )
      .finally(() => this.#open--);
  }

  async #newTenant(name: string): Promise<Tenant> {
    const { body } = await this.client.insist({
      ...{ method: "POST", path: "/v1/workspaces", key: ADMIN_TOKEN, body: { name }, until: [201] },
    });
    return { id: String(body.id), key: String(body.key) };
  }

  /** A POST of the main workspace that is done once, however often it has to be sent. */
  #once(method: string, path: string, body?: object, until = DONE_OR_REFUSED, key = this.main.key) {
    const headers: Record<string, string> =
      method === "POST" ? { "Idempotency-Key": `request-${++this.#requests}` } : {};
    return this.client.insist({ method, path, key, body, headers, until });
  }

  async #make(tenant: Tenant, planned: PlannedEndpoint): Promise<PlayedEndpoint> {
    const { number, settings } = planned;
    const url = `https://receiver.example.com/${tenant === this.main ? "main" : "other"}/${number}`;
    const { body } = planned.byCompat
      ? await this.#once(
          "POST",
          "/compat/voice/events-gateway/trigger/subscribe",
          {
            ...{ hookUrl: url, campaignId: "*", triggerName: VOICE_TRIGGER },
          },
          [201],
        )
      : await this.#once("POST", "/v1/endpoints", { url, dialect: "atlas", ...settings }, [201], tenant.key);
    const secret = typeof body.secret === "string" ? body.secret : null;
    const made = { id: String(body.id), workspace: tenant.id, at: this.service.world.elapsedMs, secret };
    // Its contract has a policy of its own.
    const voice: Partial<Settings> = { max_in_flight: 100, timeout: 30, headers: {}, auth: null };
    const known = planned.byCompat ? { ...planned, settings: { ...settings, ...voice } } : planned;
    return new PlayedEndpoint(known, made);
  }

  async #act(action: Action): Promise<void> {
    const { faults, receivers, world } = this.service;
    faults.count(`action ${action.kind}`);
    switch (action.kind) {
      case "publish":
        return publish(this, action);
      case "create":
        this.endpoints[action.made.number] = await this.#make(this.main, action.made);
        return;
      case "mood":
        if (action.mood === "gone") this.#mayChangeItself(action.endpoint);
        return receivers.set(`/main/${action.endpoint}`, action.mood);
      case "reset":
      case "evict":
        return this.#disturb(action);
      case "outage": {
        const endpoint = this.endpoints[action.of];
        if (endpoint) this.service.endpoints.outage(endpoint.id, action.forMs);
        return;
      }
      case "clock":
        world.note(`clock set by ${action.byMs} ms`);
        this.clockSetAt.push(world.elapsedMs);
        return world.setClock(action.byMs);
      case "new code":
        return this.service.deploy();
      case "revoke key":
        return this.#revoke();
      case "delete other workspace":
        return this.#deleteOther();
      case "replay event":
        return this.#replayEvent(action.n, action.endpoint);
      case "replay all":
        return this.#replayAll(action);
      default:
        return this.#actOnEndpoint(action);
    }
  }

  #mayChangeItself(number: number): void {
    const endpoint = this.endpoints[number];
    if (!endpoint) return;
    const { elapsedMs } = this.service.world;
    endpoint.mayChangeItselfFrom = Math.min(endpoint.mayChangeItselfFrom, elapsedMs);
  }

  #disturb({ kind, of }: Extract<Action, { kind: "reset" | "evict" }>): void {
    const { endpoints, logs } = this.service;
    const disturb = (in_: typeof logs, name: string) =>
      kind === "evict" ? in_.evict(name) : in_.reset(name, "by the plan");
    if (of === "log" || of === "all") disturb(logs, this.main.id);
    for (const endpoint of this.all)
      if (of === "all" || endpoint.number === of) disturb(endpoints, endpoint.id);
  }

  async #revoke(): Promise<void> {
    const revoked = this.#publisher.key;
    this.#publisher.revokedAt = this.service.world.elapsedMs;
    await this.#once("DELETE", `/v1/keys/${this.#publisher.id}`);
    await this.service.world.sleep(REVOKED_AFTER_MS);
    await this.client.expectRefused(revoked, "that was revoked");
  }

  async #deleteOther(): Promise<void> {
    this.otherDeletedAt = this.service.world.elapsedMs;
    const path = `/v1/workspaces/${this.other.id}`;
    await this.client.insist({ method: "DELETE", path, key: ADMIN_TOKEN, until: [202, 204, 404] });
    await this.service.world.sleep(REVOKED_AFTER_MS);
    await this.client.expectRefused(this.other.key, "of a deleted workspace");
  }

  async #replayEvent(n: number, number: number | null): Promise<void> {
    const [id] = this.publications.get(n)?.ids ?? [];
    if (id === undefined) return;
    const named = number === null ? null : this.endpoints[number];
    const body = named ? { endpoint_ids: [named.id] } : {};
    await this.#byHand(
      named ? [named] : this.all,
      () => this.#once("POST", `/v1/events/${id}/replay`, body),
      n,
    );
  }

  async #replayAll({ status, isDryRun, isCanceled }: Extract<Action, { kind: "replay all" }>): Promise<void> {
    const replay = async () => {
      const made = await this.#once("POST", "/v1/replays", { status, dry_run: isDryRun });
      if (isCanceled && made.body.id) await this.#once("DELETE", `/v1/replays/${made.body.id}`);
    };
    await this.#byHand(this.all, replay, replaysMissing(status));
  }

  /**
   * Something by hand, that may move what is pending at these endpoints. `replays`: it may bring them these events, where
   * they have no delivery of them.
   */
  async #byHand(
    endpoints: readonly PlayedEndpoint[],
    act: () => Promise<unknown>,
    replays: number | "all" | null = null,
  ): Promise<void> {
    const span = { from: this.service.world.elapsedMs, to: Number.POSITIVE_INFINITY, replays };
    for (const endpoint of endpoints) endpoint.byHand.push(span);
    await act();
    span.to = this.service.world.elapsedMs;
  }

  async #actOnEndpoint(
    action: Extract<Action, { endpoint: number }> & {
      kind: Exclude<Action["kind"], "mood" | "replay event">;
    },
  ): Promise<void> {
    const endpoint = this.endpoints[action.endpoint];
    if (!endpoint || endpoint.deletedAt !== null) return;
    const path = `/v1/endpoints/${endpoint.id}`;
    const byHand = (act: () => Promise<unknown>, replays: "all" | null = null) =>
      this.#byHand([endpoint], act, replays);
    switch (action.kind) {
      case "change":
        return this.#change(endpoint, action.change);
      case "rotate": {
        const { body } = await this.#once("POST", `${path}/secret/rotate`, {});
        if (typeof body.secret === "string")
          endpoint.secrets.push({ secret: body.secret, since: this.service.world.elapsedMs });
        return;
      }
      case "delete":
        endpoint.deletedAt = this.service.world.elapsedMs;
        await this.#once("DELETE", path);
        return;
      case "test":
        await this.#once("POST", `${path}/test`, {});
        return;
      case "retry":
      case "cancel":
        return byHand(() => this.#once("POST", `${path}/${action.kind}`, {}));
      case "replay job":
        return byHand(async () => {
          const rate = action.rate === null ? {} : { rate_per_second: action.rate };
          const made = await this.#once("POST", `${path}/replays`, { status: action.status, ...rate });
          if (action.isCanceled && made.body.id)
            await this.#once("DELETE", `${path}/replays/${made.body.id}`);
        }, replaysMissing(action.status));
      case "retry one":
      case "cancel one":
      case "replay delivery":
        return byHand(() => this.#onOneDelivery(path, action.kind.split(" ")[0] ?? ""));
      case "read":
        await this.#once("GET", `${path}/stats?window=1h`);
        await this.#once("GET", "/v1/deliveries?limit=50");
        await this.#once("GET", "/v1/events?limit=50");
    }
  }

  async #onOneDelivery(path: string, verb: string): Promise<void> {
    const status = verb === "replay" ? "" : "&status=pending";
    const { body } = await this.#once("GET", `${path}/deliveries?limit=1${status}`);
    const [delivery] = (body.data ?? []) as { id: string }[];
    if (delivery) await this.#once("POST", `${path}/deliveries/${delivery.id}/${verb}`);
  }

  async #change(endpoint: PlayedEndpoint, change: Record<string, unknown>): Promise<void> {
    if (change.disable_after) this.#mayChangeItself(endpoint.number);
    const { world } = this.service;
    const answered = endpoint.change(change, world.elapsedMs);
    const { status } = await this.#once("PATCH", `/v1/endpoints/${endpoint.id}`, change);
    if (change.dialect && status === 200) endpoint.hasNoSequence = true;
    // One that was refused: that it may be in force from here on takes nothing from the others.
    if (status === 200) answered(world.elapsedMs);
  }
}

/** Whether a replay of deliveries of this status brings events that the endpoint has no delivery of. */
function replaysMissing(status: string): "all" | null {
  return status === "any" || status === "missed" ? "all" : null;
}
