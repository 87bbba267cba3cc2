import { Deadlines } from "../../src/deadlines.ts";
import { Endpoint as PlainEndpoint } from "../../src/delivery/endpoint.ts";
import { DeliveryQueue } from "../../src/delivery/queue/queue.ts";
import { Retention } from "../../src/delivery/queue/retention.ts";
import { Sender as PlainSender } from "../../src/delivery/senders/sender.ts";
import { Session } from "../../src/delivery/senders/session.ts";
import { Archive } from "../../src/log/archive/archive.ts";
import { EventLog as PlainEventLog } from "../../src/log/event-log.ts";
import { HandOverStore } from "../../src/log/hand-over/hand-over-store.ts";
import { platform } from "../../src/platform.ts";
import worker from "../../src/worker.ts";
import { Awake, countTimers } from "./awake.ts";
import { type CountingEnv, countedEnv, countFetches } from "./counted-env.ts";
import {
  countAwake,
  countLogLines,
  countRequests,
  countStorage,
  counts,
  countsNow,
  holdConstruction,
  resetCounts,
  whileAwake,
} from "./counts.ts";

export { Inbox } from "../../src/inbox/inbox.ts";
export { Hub } from "../../src/tail/hub.ts";

/*
 * The service's own Worker with the objects of its deliveries counted from outside: everything they do goes through the storage and
 * the bindings they are given.
 */

export class EventLog extends PlainEventLog {
  readonly #awake: Awake;

  constructor(ctx: DurableObjectState, env: CountingEnv) {
    const awake = new Awake("log");
    countStorage(ctx.storage, "log");
    holdConstruction(ctx, awake);
    super(ctx, countedEnv(env));
    countAwake(this, awake);
    this.#awake = awake;
  }

  /** Archives what is not archived yet and drops what has expired at a time, by the archive's own code. */
  async retireAt(now: number): Promise<void> {
    const nothing = () => {};
    const handOver = new HandOverStore(this.ctx.storage.sql);
    const position = this.ctx.storage.sql
      .exec<{ last: number }>("SELECT coalesce(max(last), 0) AS last FROM chunks")
      .one().last;
    const archive = new Archive({
      storage: this.ctx.storage,
      bucket: this.env.ARCHIVE,
      keepOnDisk: async () => {},
      seed: [0, 0, 0],
      nowMs: () => now,
      timers: platform,
      deadlines: new Deadlines(platform),
      logId: () => this.ctx.id.name ?? "",
      releaseUpTo: nothing,
      keepHandedOver: () => handOver.keepHandedOver(position),
      counts: () => ({ accepted: 0, missed: 0 }),
      archiveAfterMs: 0,
    });
    const end = this.#awake.begin();
    await this.#awake.run(() => archive.run());
    end();
  }
}

export class Endpoint extends PlainEndpoint {
  constructor(ctx: DurableObjectState, env: CountingEnv) {
    const awake = new Awake("endpoint");
    countFetches(env);
    countStorage(ctx.storage, "endpoint");
    holdConstruction(ctx, awake);
    super(ctx, countedEnv(env));
    countAwake(this, awake);
  }

  /** Drops what has expired at a time, by retention's own code, until nothing more goes. */
  retireAt(now: number): void {
    const { storage } = this.ctx;
    const retention = new Retention(storage.sql, new DeliveryQueue(storage.sql));
    const rows = () =>
      storage.sql
        .exec<{ count: number }>(
          "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM runs) AS count",
        )
        .one().count;
    for (let before = -1; before !== rows(); ) {
      before = rows();
      storage.transactionSync(() => retention.run(now));
    }
  }
}

/** An open session keeps its sender awake until its endpoint lets go of it. */
const sessionEnds = new WeakMap<object, () => void>();

export class Sender extends PlainSender {
  readonly #awake: Awake;

  constructor(ctx: DurableObjectState, env: CountingEnv) {
    const awake = new Awake("sender");
    countFetches(env);
    countStorage(ctx.storage, "sender");
    super(ctx, countedEnv(env));
    countAwake(this, awake);
    this.#awake = awake;
  }

  override open(workspaceId: string): Session {
    const session = super.open(workspaceId);
    countAwake(session, this.#awake);
    sessionEnds.set(session, this.#awake.begin());
    return session;
  }
}

const { send } = Session.prototype;
Object.assign(Session.prototype, {
  [Symbol.dispose](this: Session) {
    sessionEnds.get(this)?.();
  },
});
Session.prototype.send = function (request) {
  return whileAwake(this, () => send.call(this, request)) as ReturnType<typeof send>;
};

countTimers();
countLogLines();
countRequests(PlainEventLog, EventLog, "log");
countRequests(PlainEndpoint, Endpoint, "endpoint");
countRequests(PlainSender, Sender, "sender");

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/bench/counts") return Response.json(countsNow());
    if (pathname === "/bench/reset") {
      resetCounts();
      return new Response(null, { status: 204 });
    }
    if (pathname === "/bench/retire") {
      const now = Number(searchParams.get("now"));
      const log = env.EVENT_LOG as unknown as DurableObjectNamespace<EventLog>;
      const endpoint = env.ENDPOINT as unknown as DurableObjectNamespace<Endpoint>;
      await log.getByName(searchParams.get("workspace") ?? "").retireAt(now);
      await endpoint.getByName(searchParams.get("endpoint") ?? "").retireAt(now);
      return new Response(null, { status: 204 });
    }
    counts.workerRequests++;
    return worker.fetch(request, countedEnv(env), ctx);
  },
  scheduled: (controller, env) => worker.scheduled(controller, countedEnv(env)),
} satisfies ExportedHandler<CountingEnv>;
