import type { Attempt } from "../domain/delivery.ts";
import { type Order, orderBy } from "../domain/order.ts";
import type { AttemptOutcome } from "../domain/retry.ts";
import type { Slots } from "../domain/slots.ts";
import type { Standstill } from "../domain/waiting.ts";
import type { Env } from "../env.ts";
import { senderOf } from "../objects/objects.ts";
import { logLine } from "../service-log.ts";
import { noteDurable } from "../storage/commits.ts";
import type { OwnTurns } from "../storage/own-turns.ts";
import { type OwnPlace, placesOf } from "../storage/places.ts";
import { paceOf } from "../storage/rounds.ts";
import { askDisk, isStorageExhausted, mustAskDisk } from "../storage/storage-room.ts";
import { mayPutOffMs } from "../storage/waiting-starts.ts";
import type { Network } from "./attempt/attempt.ts";
import { brokenAttempt, sendIfReached } from "./attempt/send.ts";
import { noteCommit } from "./drain/commit-turns.ts";
import { Drain } from "./drain/drain.ts";
import { giveBackMemoryOf, InFlightMemory } from "./drain/memory.ts";
import type { EndpointParts } from "./parts.ts";
import type { Outgoing } from "./record/claim.ts";
import type { EndpointEffects } from "./record/effects.ts";
import { Lanes } from "./senders/lanes.ts";
import { Senders } from "./senders/senders.ts";
import { throughSender } from "./senders/through-sender.ts";

/** What an object has to send with. */
export interface SendingMeans {
  network: Network;
  /** The object's slots: its attempts share them with what it asks of D1. */
  slots: Slots;
  /** Its place among the open objects. */
  place: OwnPlace;
  /** Its turns on the thread that all share. */
  turns: OwnTurns;
}

/** What sending asks of the endpoint's object. */
export interface SendingPort {
  parts: EndpointParts;
  /** Stores what became of attempts, and what was held in memory, as one transaction. */
  storeResults(act: () => void): void;
  /** Something is stored that was not: who waits for that hears it. */
  tellSettled(): void;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(atMs: number): void;
  /** Nothing can start and nothing is in flight. */
  noteRest(): void;
  /** Ends the leases whose time is over. */
  expireLeases(): void;
  /** A slot is free that a test event had. */
  start(): void;
}

/** The attempts of an endpoint: what they are made with, and what is recorded of them. */
export class Sending {
  readonly #ctx: DurableObjectState;
  readonly #disk: Fetcher | undefined;
  readonly #means: SendingMeans;
  readonly #port: SendingPort;
  readonly #drain: Drain;
  #memory: InFlightMemory | null = null;

  constructor(ctx: DurableObjectState, env: Env, means: SendingMeans, port: SendingPort) {
    this.#ctx = ctx;
    this.#disk = env.DISK;
    this.#means = means;
    this.#port = port;
    const { place, slots } = means;
    const { endpointId, configuration, deadlines, intake, queue, standing, surroundings, sweeps, transport } =
      port.parts;
    const lanes = new Lanes(slots, this.#senders(env));
    const connections = placesOf(env)?.connections.holder(endpointId(), () => lanes.held);
    if (connections) lanes.limitTo(() => connections(surroundings.nowMs()));
    slots.whenFreed(() => {
      if (configuration.isPresent && !port.parts.existence.isErased) this.#drain.noteFreeSlot();
    });
    transport.tunnel.whenReopened(() => port.start());
    this.#drain = new Drain({
      ...{ queue, standing, lanes },
      ...{ surroundings, deadlines },
      pace: () => paceOf(configuration.current.config.workspaceId, surroundings, true),
      // With something to store it cannot be closed, and others wait for its place.
      putOffMs: () => (place.isWanted() ? 0 : mayPutOffMs(surroundings.nowMs())),
      turn: means.turns.next,
      policy: () => configuration.current.policy,
      status: () => {
        const isSweeping = sweeps.isCanceling || sweeps.isReordering;
        const rests = port.parts.existence.isErased || isSweeping || !place.mayGoOn();
        return rests ? "paused" : configuration.current.config.status;
      },
      isReachable: () => transport.isReachable,
      memory: () => this.holdMemory(),
      canRecord: () => this.#canRecord(),
      expireLeases: port.expireLeases,
      attempt: (claimed, { link }) =>
        this.#send(claimed, link === null ? means.network : throughSender(link, means.network)),
      brokenAttempt: (claimed, startedAt, error) => {
        logLine("error", "an attempt broke", { endpoint: endpointId(), error });
        return brokenAttempt(configuration.current, claimed, startedAt, surroundings.nowMs());
      },
      sums: () => intake.sums(),
      commit: (record, effects) => this.#commit(record, effects),
      tellSettled: port.tellSettled,
      wakeBy: port.wakeBy,
      noteRest: port.noteRest,
    });
  }

  /** The object goes to sleep, or is erased: what it keeps open for a next attempt is closed. */
  leave(): void {
    this.#means.network.closeIdle();
  }

  /** What a life before this one held is given back, whether anything is sent in this one or not. */
  giveBackMemory(): void {
    const { configuration, endpointId, surroundings } = this.#port.parts;
    if (configuration.isPresent) this.holdMemory();
    else giveBackMemoryOf(endpointId(), surroundings);
  }

  /** Its share of the memory for what is in flight. */
  holdMemory(): InFlightMemory {
    const { configuration, endpointId, surroundings } = this.#port.parts;
    this.#memory ??= new InFlightMemory(endpointId(), configuration.current.config.workspaceId, surroundings);
    return this.#memory;
  }

  /** Asks the disk, if it is there to be asked, for the next time. */
  #canRecord(): boolean {
    const nowMs = this.#port.parts.surroundings.nowMs();
    if (mustAskDisk(this.#disk, nowMs))
      this.#ctx.waitUntil(askDisk(this.#disk, nowMs, this.#port.parts.surroundings));
    return !isStorageExhausted(nowMs);
  }

  /** Whether no attempt, of the queue or outside of it, is under way, and nothing is in memory alone. */
  get isIdle(): boolean {
    const { queue } = this.#port.parts;
    return queue.inFlight === 0 && queue.held.isEmpty && this.#means.slots.isUnused;
  }

  /** Whether what is handed over now may be attempted before it is stored. */
  get mayHold(): boolean {
    const { configuration, standing, surroundings, sweeps } = this.#port.parts;
    const { policy, config } = configuration.current;
    if (config.status !== "enabled" || policy.transport !== "http" || !sweeps.isDone) return false;
    if (!this.#means.place.mayGoOn() || !this.#canRecord()) return false;
    // What waits for a failing head, or behind a backlog, waits on disk.
    if (!this.#mayPassWhatIsStored(policy.order)) return false;
    return standing.holdUntil <= surroundings.nowMs();
  }

  #mayPassWhatIsStored(order: Order): boolean {
    const { queue, surroundings } = this.#port.parts;
    if (order === "endpoint") return queue.hasNothingStored;
    return orderBy(order) === null ? queue.hasNoBacklog : queue.hasNothingToStartByKey(surroundings.nowMs());
  }

  /** Whether there is room for so many bytes more that are in memory alone. */
  hasRoomToHold(bytes: number): boolean {
    return this.holdMemory().hasRoomToHold(bytes);
  }

  /** Deliveries were taken that are in memory alone, or are so no more. */
  noteHeld(): void {
    this.#memory?.setHeld(this.#port.parts.queue.held.bytes);
  }

  /** Starts every attempt that may start now. */
  run(): void {
    this.#drain.run();
  }

  /** See `Drain`. */
  get drain(): Pick<Drain, "claim" | "nextClaimAt" | "record" | "hold" | "settleAll"> {
    return this.#drain;
  }

  /** A new invocation may do as much as the one before it. */
  renew(): void {
    this.#drain.renew();
  }

  /** What keeps the endpoint's deliveries at this moment. */
  standstill(): Standstill {
    const { configuration, sweeps, transport } = this.#port.parts;
    const { status } = configuration.current.config;
    return {
      ...{ status, isCanceling: sweeps.isCanceling, isReordering: sweeps.isReordering },
      lacks: transport.lacks,
      ...this.#drain.standstill(),
    };
  }

  /** What makes requests beyond the connections of the object itself, where the policy asks for more. */
  #senders(env: Env): Senders {
    const { configuration, endpointId, surroundings } = this.#port.parts;
    const { capacity } = this.#means.slots;
    return new Senders({
      most: () => {
        const { maxInFlight, order, transport } = configuration.current.policy;
        const isOneByOne = order === "endpoint" || transport !== "http";
        return isOneByOne ? 0 : Math.max(0, Math.ceil((maxInFlight - capacity) / capacity));
      },
      slotsEach: capacity,
      open: async (number, isFurther) =>
        senderOf(env, endpointId(), number).open(configuration.current.config.workspaceId, isFurther),
      nameOf: (number) => `${endpointId()}/${number}`,
      deadlines: this.#means.network.deadlines,
      nowMs: () => surroundings.nowMs(),
    });
  }

  /** One attempt; null = none was made, since nobody was there, or the sender that was to make it was lost. */
  #send(outgoing: Outgoing, network: Network): Promise<AttemptOutcome | null> {
    const { configuration, transport } = this.#port.parts;
    return sendIfReached(configuration.current, outgoing, { network, tunnel: transport.tunnel });
  }

  /** One attempt outside the queue, as soon as a slot is free. */
  async sendOnce(outgoing: Outgoing): Promise<Attempt> {
    const { slots } = this.#means;
    await slots.takeWhenFree();
    try {
      const { current } = this.#port.parts.configuration;
      const nowMs = this.#port.parts.surroundings.nowMs();
      const outcome =
        (await this.#send(outgoing, this.#means.network)) ??
        brokenAttempt(current, outgoing, nowMs, nowMs, "connect");
      return outcome.attempt;
    } finally {
      slots.release();
      this.#port.start();
    }
  }

  /** Records a group of attempts, with what they mean for the endpoint itself; D1 is told of a change of status. */
  #commit(record: (epoch: number) => void, effects: EndpointEffects): void {
    if (this.#port.parts.existence.isErased) return;
    const { configuration, endpointId, health, surroundings, tail, totals } = this.#port.parts;
    const { status } = configuration.current.config;
    const change =
      effects.change && status !== "disabled" && status !== effects.change.status ? effects.change : null;
    const startedAt = surroundings.nowMs();
    this.#port.storeResults(() => {
      record(totals.epoch);
      if (effects.recorded.length > 0) health.record(effects, change);
      if (change) configuration.changeStatus(change.status, change.reason);
    });
    this.#ctx.storage.sync().then(
      () => {
        const tookMs = surroundings.nowMs() - startedAt;
        noteCommit(tookMs);
        noteDurable(tookMs);
      },
      // Who learns that it is over learns it elsewhere.
      () => {},
    );
    for (const { claimed } of effects.recorded) tail.noteChanged(claimed.sequence);
    if (!change) return;
    configuration.report().catch((error) => {
      logLine("warn", "could not tell D1 a status", { endpoint: endpointId(), error });
    });
  }
}
