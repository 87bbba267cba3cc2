import type { Action } from "./action.ts";
import { Client } from "./client.ts";
import { outsideOfLives } from "./life.ts";
import { type ByHand, PlayedEndpoint, type Publication } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { PlannedEndpoint, Settings } from "./planned-endpoint.ts";
import { VOICE_TRIGGER } from "./planned-endpoint.ts";
import { ADMIN_TOKEN, type Service } from "./simulated-service.ts";

/** A workspace with a key of it. */
export interface Tenant {
  id: string;
  key: string;
}

/** Statuses that end what is done by hand: done, or refused for a reason that the moment gives. */
const DONE_OR_REFUSED = [200, 201, 202, 204, 404, 409, 410, 422];

/** How long a key that was revoked may still work, as documented. */
export const REVOKED_AFTER_MS = 10_000;

/** Plays a plan against the service, and keeps what its players know. */
export class Play {
  readonly service: Service;
  readonly plan: Plan;
  readonly client: Client;
  readonly publications = new Map<number, Publication>();
  /** Those of the main workspace, by number. */
  readonly endpoints: (PlayedEndpoint | undefined)[] = [];
  main: Tenant = { id: "", key: "" };
  other: Tenant = { id: "", key: "" };
  otherEndpoint: PlayedEndpoint | null = null;
  /** A second key of the main workspace, which publishes until it is revoked. */
  #publisher = { id: "", key: "", revokedAt: null as number | null };
  otherDeletedAt: number | null = null;
  /** When the clock on the wall was set, milliseconds since the start. */
  readonly clockSetAt: number[] = [];
  readonly #act: (play: Play, action: Action) => Promise<void>;
  readonly #byHandToAll: ByHand[] = [];
  #open = 0;
  #requests = 0;
  #isStarted = false;

  /** @param act does what the plan says */
  constructor(service: Service, plan: Plan, act: (play: Play, action: Action) => Promise<void>) {
    this.service = service;
    this.plan = plan;
    this.#act = act;
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
      const made = await this.once("POST", "/v1/keys", body);
      Object.assign(this.#publisher, { id: made.body.id, key: made.body.key });
      for (const endpoint of this.plan.endpoints)
        this.endpoints[endpoint.number] = await this.make(this.main, endpoint);
      const [first] = this.plan.endpoints;
      if (first) this.otherEndpoint = await this.make(this.other, { ...first, number: 9 });
      this.#isStarted = true;
      // What is to come is open, too: where the disk was full for long, it all comes later than planned.
      this.#open += this.plan.actions.length;
      for (const action of this.plan.actions)
        this.service.world.in(action.at, () => {
          this.#open--;
          this.#begin(() => this.#act(this, action));
        });
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
  once(method: string, path: string, body?: object, until = DONE_OR_REFUSED, key = this.main.key) {
    const headers: Record<string, string> =
      method === "POST" ? { "Idempotency-Key": `request-${++this.#requests}` } : {};
    return this.client.insist({ method, path, key, body, headers, until });
  }

  /** Makes an endpoint of a workspace, as planned. */
  async make(tenant: Tenant, planned: PlannedEndpoint): Promise<PlayedEndpoint> {
    const { number, settings } = planned;
    const askedAt = this.service.world.elapsedMs;
    const url = `https://receiver.example.com/${tenant === this.main ? "main" : "other"}/${number}`;
    const { body } = planned.byCompat
      ? await this.once(
          "POST",
          "/compat/voice/events-gateway/trigger/subscribe",
          {
            ...{ hookUrl: url, campaignId: "*", triggerName: VOICE_TRIGGER },
          },
          [201],
        )
      : await this.once("POST", "/v1/endpoints", { url, dialect: "atlas", ...settings }, [201], tenant.key);
    const secret = typeof body.secret === "string" ? body.secret : null;
    const made = { id: String(body.id), workspace: tenant.id, at: this.service.world.elapsedMs, secret };
    // Its contract has a policy of its own.
    const voice: Partial<Settings> = { max_in_flight: 100, timeout: 30, headers: {}, auth: null };
    const known = planned.byCompat ? { ...planned, settings: { ...settings, ...voice } } : planned;
    const endpoint = new PlayedEndpoint(known, made);
    // It may have been there long before its 201: what was done to all of them meanwhile was done to it, too.
    endpoint.byHand.push(...this.#byHandToAll.filter(({ to }) => to >= askedAt));
    return endpoint;
  }

  async revokePublisher(): Promise<void> {
    const revoked = this.#publisher.key;
    this.#publisher.revokedAt = this.service.world.elapsedMs;
    await this.once("DELETE", `/v1/keys/${this.#publisher.id}`);
    await this.service.world.sleep(REVOKED_AFTER_MS);
    await this.client.expectRefused(revoked, "that was revoked");
  }

  /** As `byHand`, at all endpoints of the main workspace. */
  async byHandToAll(act: () => Promise<unknown>, replays: ByHand["replays"]): Promise<void> {
    const span = this.#beginByHand(this.all, replays);
    this.#byHandToAll.push(span);
    await act();
    span.to = this.service.world.elapsedMs;
  }

  /**
   * Something by hand, that may move what is pending at these endpoints. `replays`: it may bring them these events, where
   * they have no delivery of them.
   */
  async byHand(
    endpoints: readonly PlayedEndpoint[],
    act: () => Promise<unknown>,
    replays: ByHand["replays"] = null,
  ): Promise<void> {
    const span = this.#beginByHand(endpoints, replays);
    await act();
    span.to = this.service.world.elapsedMs;
  }

  #beginByHand(endpoints: readonly PlayedEndpoint[], replays: ByHand["replays"]): ByHand {
    const span = { from: this.service.world.elapsedMs, to: Number.POSITIVE_INFINITY, replays };
    for (const endpoint of endpoints) endpoint.byHand.push(span);
    return span;
  }
}
