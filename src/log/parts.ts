import { noteLogDueAt } from "../d1/workspaces.ts";
import type { LoggedEvent } from "../domain/event.ts";
import { isEventId, positionOfEventId } from "../domain/ids.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import { HeardWatch, watchShape } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { endpointOf } from "../objects/objects.ts";
import { type Delays, delaysOf } from "../storage/delays.ts";
import type { NoteDueAt } from "../storage/due-note.ts";
import type { OwnPlace } from "../storage/places.ts";
import { readStored } from "../storage/schema.ts";
import { startAnew } from "../storage/start-anew.ts";
import { WakeUp } from "../storage/wake-up.ts";
import { Appender } from "./accept/appender.ts";
import { Matcher } from "./accept/matcher.ts";
import { Archive } from "./archive/archive.ts";
import { keptOnDisk } from "./archive/disk.ts";
import { EventReader } from "./archive/reader.ts";
import { EventLookup } from "./find/event-lookup.ts";
import type { HandOver } from "./hand-over/hand-over.ts";
import { HandOverStore } from "./hand-over/hand-over-store.ts";
import { resumeHandOver } from "./hand-over/resume-hand-over.ts";
import { ReplayJobs } from "./replay/replay-jobs.ts";
import { readEventCounts } from "./store/event-counts.ts";
import { readSeed } from "./store/id-seed.ts";
import { waitingMemory } from "./store/memory.ts";
import { MissedCounts } from "./store/missed-counts.ts";
import { SubscriptionStore } from "./store/subscription-store.ts";

/** What an event log is made of: each keeps one thing in the same storage. */
export interface LogParts {
  workspaceId(): string;
  surroundings: Surroundings;
  delays: Delays;
  subscriptions: SubscriptionStore;
  matcher: Matcher;
  reader: EventReader;
  lookup: EventLookup;
  archive: Archive;
  appender: Appender;
  handOver: HandOver;
  replays: ReplayJobs;
  missed: MissedCounts;
  wakeUp: WakeUp;
  watch: HeardWatch;
}

/**
 * The parts over an object's storage, whose tables are there; hand-over goes on with what was left.
 * @param committed called after each group commit, with the bytes that it stored
 */
export function logParts(
  ctx: DurableObjectState,
  env: Env,
  place: OwnPlace,
  surroundings: Surroundings,
  committed: (events: LoggedEvent[], bytes: number) => void,
): LogParts {
  const { storage } = ctx;
  const { sql } = storage;
  const workspaceId = () => {
    const { name } = ctx.id;
    if (name === undefined) throw new Error("an event log is reached by its workspace's id only");
    return name;
  };
  const nowMs = () => surroundings.nowMs();
  const delays = delaysOf(env);
  const seed = readSeed(sql, surroundings);
  const subscriptions = new SubscriptionStore(sql);
  const reader = new EventReader(sql, env.ARCHIVE, workspaceId, nowMs);
  const matcher = new Matcher(subscriptions, surroundings);
  const lookup = new EventLookup({ sql, seed, reader, subscriptions, matcher, nowMs });
  const note: NoteDueAt = (dueAt, ifMoved) => noteLogDueAt(env.DB, workspaceId(), dueAt, ifMoved);
  const wakeUp = new WakeUp(storage, surroundings, note, place);
  const wakeBy = (time: number) => wakeUp.wakeBy(time);
  const endpointId = (number: number) => subscriptions.endpointId(number);
  const handOverStore = new HandOverStore(sql);
  const archive = new Archive({
    storage,
    bucket: env.ARCHIVE,
    kept: (key) => keptOnDisk(env.DISK, key),
    seed,
    nowMs,
    timers: surroundings,
    workspaceId,
    releaseUpTo: (position) => handOver.releaseUpTo(position),
    keepHandedOver: () => handOverStore.keepHandedOver(handOver.handedOver),
    counts: () => appender.counts,
    archiveAfterMs: Number(env.ARCHIVE_AFTER_SECONDS ?? 600) * 1000,
  });
  const appender = new Appender(
    {
      storage,
      matcher,
      surroundings,
      memory: waitingMemory.holder(workspaceId(), workspaceId(), nowMs),
      seed,
      nowMs,
      handedOver: () => handOver.handedOver,
      known: (ids) => lookup.known(ids),
      armed: () => wakeBy(nowMs() + delays.safetyNetMs),
      committed,
    },
    reader.newestPosition(),
    readEventCounts(sql),
  );
  const watch = new HeardWatch(readStored(sql, "watch", watchShape));
  const handOver = resumeHandOver({
    watch,
    store: handOverStore,
    env,
    surroundings,
    workspaceId,
    lastPosition: () => appender.lastPosition,
    endpointId,
    read: (number, after, limits) => reader.forEndpoint(number, after, limits),
    wakeBy,
    unstored: (error) => startAnew(ctx, `hand-over could not store how far it is: ${error}`),
  });
  const replays = new ReplayJobs({
    sql,
    reader,
    nowMs,
    timers: surroundings,
    chance: surroundings,
    endpoint: (id) => endpointOf(env, id),
    watch: (id) => watch.for(id, nowMs()),
    endpointId,
    numberOf: (id) => subscriptions.numberOf(id),
    positionOf: async (id) =>
      (isEventId(id) ? positionOfEventId(id, seed) : null) ?? (await lookup.byId(id))?.position ?? null,
    nextEndpoint: (after, upTo) => subscriptions.next(after, upTo),
    lastNumber: () => subscriptions.lastNumber,
    wakeBy,
  });
  return {
    workspaceId,
    surroundings,
    delays,
    subscriptions,
    matcher,
    reader,
    lookup,
    archive,
    appender,
    handOver,
    replays,
    missed: new MissedCounts(sql),
    wakeUp,
    watch,
  };
}
