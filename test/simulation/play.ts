import { outsideOfLives } from "./life.ts";
import type { Action, Plan, PlannedEndpoint } from "./plan.ts";
import type { Answer, SimulatedService } from "./simulated-service.ts";

/** An event that was published, from the first request to its 202. */
export interface Publication {
  n: number;
  type: string;
  /** Milliseconds since the start. */
  sentAt: number;
  acceptedAt: number | null;
  id: string | null;
  /** To how many endpoints the 202 said that it goes. */
  endpoints: number | null;
}

/** An endpoint as the player knows it. */
export interface PlayedEndpoint extends PlannedEndpoint {
  id: string;
  /** When its 201 was answered; when its DELETE was first asked for. Milliseconds since the start. */
  madeAt: number;
  deletedAt: number | null;
  /** Before this time it was certainly not disabled. */
  mayBeDisabledFrom: number;
  /** Whether anybody retried, canceled or replayed by hand. */
  retried: boolean;
}

const RETRY_MS = 200;
const GIVE_UP_MS = 3 * 3_600_000;

/** Plays a plan against the service: what is not acknowledged is asked for again, as a careful client does. */
export class Play {
  readonly service: SimulatedService;
  readonly plan: Plan;
  readonly publications = new Map<number, Publication>();
  readonly endpoints: PlayedEndpoint[] = [];
  workspace = "";
  key = "";
  #open = 0;
  /** Answers that no careful client should ever get. */
  readonly surprises: string[] = [];

  constructor(service: SimulatedService, plan: Plan) {
    this.service = service;
    this.plan = plan;
  }

  /** Whether everything that was to be done is done, or was given up. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  start(): void {
    this.#begin(async () => {
      const made = await this.#insist("POST", "/v1/workspaces", { name: "simulated" }, [201], true);
      this.workspace = String(made.id);
      this.key = String(made.key);
      for (const endpoint of this.plan.endpoints) await this.#make(endpoint);
      const { world } = this.service;
      const startedAt = world.now;
      for (const action of this.plan.actions)
        world.at(startedAt + action.at, () => this.#begin(() => this.#act(action)));
    });
  }

  #begin(act: () => Promise<void>): void {
    this.#open++;
    outsideOfLives(act)
      .catch((error: unknown) => this.surprises.push(String(error)))
      .finally(() => this.#open--);
  }

  async #make(planned: PlannedEndpoint): Promise<void> {
    const body = {
      url: `https://receiver.example.com/${planned.number}`,
      dialect: "atlas",
      serialize: planned.order,
      types: planned.types,
      retry: { delays: planned.delays, jitter: 0 },
      max_in_flight: planned.maxInFlight,
      on_dead_letter: planned.onDeadLetter,
    };
    const headers = { "Idempotency-Key": `make-${planned.number}` };
    const made = await this.#insist("POST", "/v1/endpoints", body, [201], false, headers);
    const madeAt = this.service.world.elapsedMs;
    this.endpoints[planned.number] = {
      ...planned,
      ...{
        id: String(made.id),
        madeAt,
        deletedAt: null,
        mayBeDisabledFrom: Number.POSITIVE_INFINITY,
        retried: false,
      },
    };
  }

  async #act(action: Action): Promise<void> {
    this.service.faults.count(`action ${action.kind}`);
    switch (action.kind) {
      case "publish":
        return this.#publish(action.events, action.ownId);
      case "mood":
        if (action.mood === "gone") this.#mayBeDisabled(action.endpoint);
        return this.service.receivers.set(`/${action.endpoint}`, action.mood);
      case "reset":
        return this.#reset(action.of);
      case "replay event":
        return this.#replayEvent(action.n);
      default:
        return this.#change(action);
    }
  }

  async #publish(events: { n: number; type: string }[], ownId: boolean): Promise<void> {
    const { world } = this.service;
    const sentAt = world.elapsedMs;
    const bodies = events.map(({ n, type }) => ({
      type,
      data: { n },
      ...(ownId ? { id: eventId(world.now, n) } : {}),
    }));
    for (const { n, type } of events)
      this.publications.set(n, { n, type, sentAt, acceptedAt: null, id: null, endpoints: null });
    const headers: Record<string, string> = ownId ? {} : { "Idempotency-Key": `publish-${events[0]?.n}` };
    const [path, body] =
      bodies.length === 1 ? ["/v1/events", bodies[0] as object] : ["/v1/events/batch", { events: bodies }];
    const answer = await this.#insist("POST", path, body, [202], false, headers);
    const accepted = (bodies.length === 1 ? [answer] : answer.events) as { id: string; endpoints: number }[];
    for (const [index, { n }] of events.entries()) {
      const publication = this.publications.get(n);
      const one = accepted[index];
      if (!publication || !one) continue;
      Object.assign(publication, { acceptedAt: world.elapsedMs, id: one.id, endpoints: one.endpoints });
    }
  }

  /** From now on the endpoint may be disabled: at any time, since nobody knows when an answer 410 comes. */
  #mayBeDisabled(number: number): void {
    const endpoint = this.endpoints[number];
    if (endpoint)
      endpoint.mayBeDisabledFrom = Math.min(endpoint.mayBeDisabledFrom, this.service.world.elapsedMs);
  }

  #reset(of: number | "log" | "all"): void {
    const { endpoints, logs } = this.service;
    const why = "by the plan";
    if (of === "log" || of === "all") logs.reset(this.workspace, why);
    for (const endpoint of this.endpoints)
      if (of === "all" || endpoint.number === of) endpoints.reset(endpoint.id, why);
  }

  async #replayEvent(n: number): Promise<void> {
    const publication = this.publications.get(n);
    if (!publication?.id) return;
    const key = `replay-event-${n}-${this.service.world.elapsedMs}`;
    await this.#insist("POST", `/v1/events/${publication.id}/replay`, {}, [202, 404, 409, 422], false, {
      "Idempotency-Key": key,
    });
  }

  async #change(
    action: Extract<Action, { endpoint: number }> & {
      kind: "status" | "change" | "rotate" | "retry" | "cancel" | "replay" | "delete" | "mood";
    },
  ): Promise<void> {
    const endpoint = this.endpoints[action.endpoint];
    if (!endpoint || endpoint.deletedAt !== null) return;
    const path = `/v1/endpoints/${endpoint.id}`;
    const gone = [404];
    const { world } = this.service;
    switch (action.kind) {
      case "status": {
        if (action.status === "disabled") this.#mayBeDisabled(action.endpoint);
        await this.#insist("PATCH", path, { status: action.status }, [200, ...gone]);
        return;
      }
      case "change":
        await this.#insist("PATCH", path, action.change, [200, ...gone]);
        return;
      case "rotate":
        await this.#insist("POST", `${path}/secret/rotate`, {}, [200, 409, ...gone], false, {
          "Idempotency-Key": `rotate-${world.elapsedMs}`,
        });
        return;
      case "retry":
      case "cancel":
        endpoint.retried = true;
        await this.#insist("POST", `${path}/${action.kind}`, {}, [202, 409, ...gone]);
        return;
      case "replay":
        endpoint.retried = true;
        await this.#insist("POST", `${path}/replays`, { status: action.status }, [202, 409, ...gone], false, {
          "Idempotency-Key": `replay-${world.elapsedMs}`,
        });
        return;
      case "delete":
        endpoint.deletedAt = world.elapsedMs;
        await this.#insist("DELETE", path, undefined, [204, 404]);
        return;
      case "mood":
        return;
    }
  }

  /** Asks until one of the statuses is answered; what was lost, and 5xx, is asked again. */
  async #insist(
    method: string,
    path: string,
    body: object | undefined,
    statuses: readonly number[],
    asOperator = false,
    headers: Record<string, string> = {},
  ): Promise<Record<string, unknown>> {
    const { service } = this;
    const giveUpAt = service.world.now + GIVE_UP_MS;
    let answer: Answer = null;
    while (service.world.now < giveUpAt) {
      answer = asOperator
        ? await service.operator(method, path, body)
        : await service.request(method, path, this.key, body, headers);
      if (answer && statuses.includes(answer.status)) return answer.body;
      if (answer && answer.status < 500 && answer.status !== 429 && answer.body.code !== "in_progress") break;
      if (answer?.status === 500)
        this.surprises.push(`${method} ${path}: 500 ${JSON.stringify(answer.body)}`);
      await service.world.sleep(RETRY_MS);
    }
    throw new Error(`${method} ${path} was answered ${JSON.stringify(answer)}`);
  }
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A publisher's own id of a time. */
function eventId(time: number, n: number): string {
  const digitsOf = (value: number, count: number) => {
    let text = "";
    for (let left = value, i = 0; i < count; i++, left = Math.floor(left / 32))
      text = DIGITS.charAt(left % 32) + text;
    return text;
  };
  return `evt_${digitsOf(Math.floor(time), 10)}${digitsOf(n, 16)}`;
}
