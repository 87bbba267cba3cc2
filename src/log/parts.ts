import { noteLogDueAt } from "../d1/workspace-logs.ts";
import { Deadlines } from "../deadlines.ts";
import type { LoggedEvent } from "../domain/event.ts";
import { logOfName } from "../domain/log-shards.ts";
import type { EventsAt, ReplayScan, ReplayScanned } from "../domain/replay-messages.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import { HeardWatch, watchShape } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { endpointOf, logOf } from "../objects/objects.ts";
import { type Delays, delaysOf } from "../storage/delays.ts";
import type { NoteDueAt } from "../storage/due-note.ts";
import type { OwnPlace } from "../storage/places.ts";
import { readStored } from "../storage/schema.ts";
import { startAnew } from "../storage/start-anew.ts";
import { type AlarmedStorage, WakeUp } from "../storage/wake-up.ts";
import { Appender } from "./accept/appender.ts";
import { Claims } from "./accept/claims.ts";
import { Matcher } from "./accept/matcher.ts";
import { Names } from "./accept/names.ts";
import { Archive } from "./archive/archive.ts";
import { keepOnDisk } from "./archive/disk.ts";
import { EventReader } from "./archive/reader.ts";
import { EventLookup } from "./find/event-lookup.ts";
import type { HandOver } from "./hand-over/hand-over.ts";
import { HandOverStore } from "./hand-over/hand-over-store.ts";
import { Predecessors } from "./hand-over/predecessors.ts";
import { resumeHandOver } from "./hand-over/resume-hand-over.ts";
import { ReplayJobs } from "./replay/replay-jobs.ts";
import { AllReplayReader, OwnReplayReader, type ReplayReader } from "./replay/replay-reader.ts";
import { readEventCounts } from "./store/event-counts.ts";
import { readSeed } from "./store/id-seed.ts";
import { waitingMemory } from "./store/memory.ts";
import { MissedCounts } from "./store/missed-counts.ts";
import { Share } from "./store/share.ts";
import { SubscriptionStore } from "./store/subscription-store.ts";

/** What an event log is made of: each keeps one thing in the same storage. */
export interface LogParts {
  workspaceId(): string;
  storage: AlarmedStorage;
  share: Share;
  predecessors: Predecessors;
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
  replayReader: ReplayReader;
  names: Names;
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
  onCommitted: (events: LoggedEvent[], bytes: number) => void,
): LogParts {
  const { storage } = ctx;
  const { sql } = storage;
  const logId = () => {
    const { name } = ctx.id;
    if (name === undefined) throw new Error("an event log is reached by its name only");
    return name;
  };
  const workspaceId = () => logOfName(logId()).workspaceId;
  const share = new Share(sql, () => logOfName(logId()).number);
  const nowMs = () => surroundings.nowMs();
  const delays = delaysOf(env);
  const deadlines = Deadlines.ofObject(env, surroundings);
  const seed = readSeed(sql, surroundings);
  const subscriptions = new SubscriptionStore(sql);
  const reader = new EventReader(sql, env.ARCHIVE, logId, nowMs);
  const matcher = new Matcher(subscriptions, surroundings);
  const lookup = new EventLookup({ sql, seed, reader, subscriptions, matcher, nowMs });
  const note: NoteDueAt = (dueAt, ifMoved) => noteLogDueAt(env.DB, logId(), dueAt, ifMoved);
  const wakeUp = new WakeUp(storage, surroundings, deadlines, note, place);
  const writing = wakeUp.storage;
  const wakeBy = (atMs: number) => wakeUp.wakeBy(atMs);
  const endpointId = (number: number) => subscriptions.endpointId(number);
  const handOverStore = new HandOverStore(sql);
  const archive = new Archive({
    storage: writing,
    bucket: env.ARCHIVE,
    keepOnDisk: (key) => keepOnDisk(env.DISK, key),
    seed,
    nowMs,
    timers: surroundings,
    deadlines,
    logId,
    releaseUpTo: (position) => handOver.releaseUpTo(position),
    keepHandedOver: () => handOverStore.keepHandedOver(handOver.handedOver),
    counts: () => appender.counts,
    archiveAfterMs: Number(env.ARCHIVE_AFTER_SECONDS ?? 600) * 1000,
  });
  const appender = new Appender(
    {
      storage: writing,
      matcher,
      surroundings,
      memory: waitingMemory.holder(logId(), workspaceId(), nowMs),
      seed,
      nowMs,
      share,
      handedOver: () => handOver.handedOver,
      findKnown: (ids) => lookup.findKnown(ids),
      arm: () => wakeBy(nowMs() + delays.safetyNetMs),
      onCommitted,
    },
    reader.newestPosition(),
    readEventCounts(sql),
  );
  const watch = new HeardWatch(readStored(sql, "watch", watchShape));
  const predecessors = new Predecessors({
    ...{ sql, share, nowMs },
    ask: (log, endpoint, position) => {
      handOver.noteCalls(1);
      return logOf(env, workspaceId(), log).isHandedOver(endpoint, position);
    },
  });
  const handOver = resumeHandOver({
    watch,
    predecessors,
    store: handOverStore,
    env,
    surroundings,
    deadlines,
    workspaceId,
    logId,
    lastPosition: () => appender.lastPosition,
    endpointId,
    read: (number, after, limits) => reader.forEndpoint(number, after, limits),
    wakeBy,
    onUnstored: (error) => startAnew(ctx, `hand-over could not store how far it is: ${error}`),
  });
  const replayReader = new OwnReplayReader({
    ...{ reader, lookup, seed },
    numberOf: (id) => subscriptions.numberOf(id),
  });
  const replays = new ReplayJobs({
    sql,
    reader: new AllReplayReader(replayReader, share, (log) => otherReader(logOf(env, workspaceId(), log))),
    nowMs,
    timers: surroundings,
    deadlines,
    chance: surroundings,
    endpoint: (id) => endpointOf(env, id),
    watch: (id) => watch.for(id, nowMs()),
    endpointId,
    numberOf: (id) => subscriptions.numberOf(id),
    nextEndpoint: (after, upTo) => subscriptions.next(after, upTo),
    lastNumber: () => subscriptions.lastNumber,
    wakeBy,
  });
  return {
    workspaceId,
    storage: writing,
    share,
    predecessors,
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
    replayReader,
    names: new Names({ ...{ storage: writing, seed, share, lookup, nowMs }, claims: new Claims(sql) }),
    missed: new MissedCounts(sql),
    wakeUp,
    watch,
  };
}

/** Another log of the workspace, as replays read it. */
function otherReader(log: ReturnType<typeof logOf>) {
  return {
    scan: (asked: ReplayScan): Promise<ReplayScanned> => log.scanForReplay(asked),
    some: (positions: number[], maxBytes: number): Promise<EventsAt> => log.eventsAt(positions, maxBytes),
    positionOf: (id: string): Promise<number | null> => log.positionOf(id),
  };
}
