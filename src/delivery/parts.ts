import { Deadlines } from "../deadlines.ts";
import { orderBy } from "../domain/order.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import { watchShape } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { hubOf } from "../objects/objects.ts";
import { type Delays, delaysOf } from "../storage/delays.ts";
import { forgetMeta, readStored, refuseOlderCode, writeStored } from "../storage/schema.ts";
import { type Tables, tablesOf } from "../storage/unmade-tables.ts";
import { Tunnel } from "./attempt/tunnel.ts";
import { Configuration } from "./configuration/configuration.ts";
import { Departure } from "./configuration/departure.ts";
import { Existence } from "./configuration/existence.ts";
import { EndpointTransport } from "./configuration/transport.ts";
import { Health } from "./health/health.ts";
import { OperationalEvents } from "./health/operational.ts";
import { publishOperational } from "./health/operational-publisher.ts";
import { Standing } from "./health/standing.ts";
import { Leases } from "./pull/leases.ts";
import { Deliveries } from "./queue/deliveries.ts";
import { Intake } from "./queue/intake.ts";
import { DeliveryQueue } from "./queue/queue.ts";
import { Replays } from "./queue/replays.ts";
import { Retention } from "./queue/retention.ts";
import { Sweeps } from "./queue/sweeps.ts";
import { rowOfHeld, toDelivery } from "./record/rows.ts";
import { Totals } from "./record/totals.ts";
import { ENDPOINT_SCHEMA } from "./schema.ts";
import { TailTeller } from "./tail-teller.ts";

/** What an endpoint object is made of: each keeps one thing in the same storage, none starts anything by itself. */
export interface EndpointParts {
  endpointId(): string;
  surroundings: Surroundings;
  deadlines: Deadlines;
  existence: Existence;
  tables: Tables;
  delays: Delays;
  leases: Leases;
  configuration: Configuration;
  departure: Departure;
  queue: DeliveryQueue;
  intake: Intake;
  deliveries: Deliveries;
  replays: Replays;
  sweeps: Sweeps;
  retention: Retention;
  operational: OperationalEvents;
  standing: Standing;
  totals: Totals;
  health: Health;
  tail: TailTeller;
  transport: EndpointTransport;
}

/** The parts over an object's storage, whose tables may be there or not. */
export function endpointParts(ctx: DurableObjectState, env: Env, surroundings: Surroundings): EndpointParts {
  const existence = new Existence();
  const tables = tablesOf(ctx.storage, ENDPOINT_SCHEMA, () => !existence.isErased);
  const { sql } = tables;
  const endpointId = () => {
    const { name } = ctx.id;
    if (name === undefined) throw new Error("an endpoint is reached by its id only");
    return name;
  };
  const delays = delaysOf(env);
  const deadlines = Deadlines.ofObject(env, surroundings);
  const configuration = new Configuration(tables, env, endpointId, existence, surroundings);
  const leases = new Leases(sql);
  const queue = new DeliveryQueue(sql, (sequence) => leases.has(sequence));
  const intake = new Intake(
    sql,
    queue,
    (deliveries) => health.countExpired(deliveries),
    // What comes while those that are pending get their keys gets its own then, too.
    () => (sweeps.isReordering ? null : orderBy(configuration.current.policy.order)),
    // Older code would go from log to log without spans, and what it took would not be found by its event.
    () => refuseOlderCode(sql, ENDPOINT_SCHEMA),
  );
  const sweeps = new Sweeps({
    sql,
    queue,
    isLeased: (sequence) => leases.has(sequence),
    policy: () => configuration.current.policy,
    random: () => surroundings.random(),
  });
  const totals = new Totals(sql, queue);
  const standing = new Standing(sql, totals);
  const deliveries = new Deliveries(
    sql,
    queue.storedKeys,
    endpointId,
    surroundings,
    () => standing.holdUntil,
  );
  const operational = new OperationalEvents({
    sql,
    existence,
    nowMs: () => surroundings.nowMs(),
    publish: (kind, count, details) =>
      publishOperational(env, configuration.current.config, kind, count, details),
  });
  const health = new Health({
    sql,
    env,
    surroundings,
    existence,
    endpointId,
    delays,
    queue,
    intake,
    totals,
    operational,
    standing,
  });
  return {
    endpointId,
    surroundings,
    deadlines,
    existence,
    tables,
    delays,
    leases,
    configuration,
    departure: new Departure(sql, configuration),
    queue,
    intake,
    deliveries,
    replays: new Replays(sql, deliveries, intake),
    sweeps,
    retention: new Retention(sql, queue),
    operational,
    standing,
    totals,
    health,
    transport: new EndpointTransport(
      configuration,
      new Tunnel({
        endpointId,
        deadlines,
        carry: (request) => hubOf(env, configuration.current.config.workspaceId).carry(request),
      }),
    ),
    tail: new TailTeller({
      endpointId,
      timers: surroundings,
      nowMs: () => surroundings.nowMs(),
      deliveryAt: (sequence) => {
        const held = queue.held.at(sequence);
        return held === null
          ? deliveries.at(sequence)
          : toDelivery(endpointId(), rowOfHeld(held), held.keyPlace, standing.holdUntil);
      },
      tell: async (report) => hubOf(env, configuration.current.config.workspaceId).report(report),
      ask: async () => hubOf(env, configuration.current.config.workspaceId).watching(),
      kept: () => readStored(sql, "watch", watchShape),
      mayKeep: () => tables.areMade,
      keep: (watch) => {
        if (watch === null) forgetMeta(sql, "watch");
        else writeStored(sql, "watch", watchShape, watch);
      },
    }),
  };
}
