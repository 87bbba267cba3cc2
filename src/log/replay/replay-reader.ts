import type { LoggedEvent } from "../../domain/event.ts";
import { type IdSeed, isEventId, positionOfEventId } from "../../domain/ids.ts";
import { logOfPosition } from "../../domain/log-shards.ts";
import type { EventsAt, ReplayScan, ReplayScanned, ReplaySelection } from "../../domain/replay-messages.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import type { EventReader } from "../archive/reader.ts";
import type { EventLookup } from "../find/event-lookup.ts";
import { listedIn } from "../store/listed-in.ts";
import type { Share } from "../store/share.ts";

/** Where replays find their events. */
export interface ReplayReader {
  /** How many logs it asks, each by a call. */
  readonly logs: number;
  /** A bounded look for events that went to an endpoint, or were missed by it, oldest first. */
  scan(asked: ReplayScan): Promise<ReplayScanned>;
  /** The events at some positions, oldest first, at most some bytes of them and one at least. */
  some(positions: readonly number[], maxBytes: number): Promise<EventsAt>;
  /** The position of an event by its id; null = there is no such event. */
  positionOf(id: string): Promise<number | null>;
}

interface OwnReplayReaderPort {
  reader: EventReader;
  lookup: Pick<EventLookup, "byId">;
  seed: IdSeed;
  /** Null = the log has no such endpoint. */
  numberOf(endpointId: string): number | null;
}

/** The events of this log. */
export class OwnReplayReader implements ReplayReader {
  readonly logs = 1;
  readonly #port: OwnReplayReaderPort;

  constructor(port: OwnReplayReaderPort) {
    this.#port = port;
  }

  async scan({
    endpointId,
    after,
    end,
    limits,
    isSummary,
    ...selection
  }: ReplayScan): Promise<ReplayScanned> {
    const { numberOf, reader } = this.#port;
    const endpoint = numberOf(endpointId);
    if (endpoint === null) return { events: [], upTo: after, isOver: true };
    const isSelected = selects(selection, endpoint);
    const scan = await reader.forward({
      ...{ after, endpoint, limits, part: isSummary ? "summaries" : undefined },
      wanted: (event) => event.position < end && isSelected(event),
    });
    return { ...scan, isOver: scan.upTo >= end || scan.upTo === after };
  }

  some(positions: readonly number[], maxBytes: number): Promise<EventsAt> {
    return this.#port.reader.some(positions, maxBytes);
  }

  async positionOf(id: string): Promise<number | null> {
    const { lookup, seed } = this.#port;
    const made = isEventId(id) ? positionOfEventId(id, seed) : null;
    return made ?? (await lookup.byId(id))?.position ?? null;
  }
}

/** What the others of a workspace's logs are asked. */
type OtherReplayReader = Pick<ReplayReader, "scan" | "positionOf"> & {
  some(positions: number[], maxBytes: number): Promise<EventsAt>;
};

/** The events of all logs of the workspace, merged by time. */
export class AllReplayReader implements ReplayReader {
  readonly #own: ReplayReader;
  readonly #share: Share;
  readonly #other: (log: number) => OtherReplayReader;

  constructor(own: ReplayReader, share: Share, other: (log: number) => OtherReplayReader) {
    this.#own = own;
    this.#share = share;
    this.#other = other;
  }

  get logs(): number {
    return this.#share.current.count;
  }

  async scan(asked: ReplayScan): Promise<ReplayScanned> {
    const { count } = this.#share.current;
    if (count === 1) return this.#own.scan(asked);
    const { events, bytes } = asked.limits;
    const limits = { events: Math.ceil(events / count), bytes: Math.ceil(bytes / count) };
    return mergeScanned(await Promise.all(this.#all().map((log) => log.scan({ ...asked, limits }))));
  }

  async some(positions: readonly number[], maxBytes: number): Promise<EventsAt> {
    const { count, sharedSince } = this.#share.current;
    if (count === 1) return this.#own.some(positions, maxBytes);
    // What is older than several logs lies in log 0, and how old that is no other one knows.
    if (this.#share.number !== 0) throw new Error("replays are log 0's");
    const byLog = Map.groupBy(positions, (position) => logOfPosition(position, sharedSince));
    const share = Math.ceil(maxBytes / Math.max(1, byLog.size));
    const found = await Promise.all(
      [...byLog].map(([log, some]) =>
        log === this.#share.number ? this.#own.some(some, share) : this.#other(log).some(some, share),
      ),
    );
    // What lies behind the first that was not read comes with it, or the order would be lost.
    const firstLeft = Math.min(...found.flatMap(({ rest }) => rest));
    const events = found
      .flatMap((one) => one.events)
      .filter(({ position }) => position < firstLeft)
      .sort((a, b) => a.position - b.position);
    return { events, rest: positions.filter((position) => position >= firstLeft).sort((a, b) => a - b) };
  }

  async positionOf(id: string): Promise<number | null> {
    const own = await this.#own.positionOf(id);
    // An id is given once; another name may be given again after a day, and means the newest then.
    if (this.#share.current.count === 1 || (own !== null && isEventId(id))) return own;
    const others = this.#all().filter((log) => log !== this.#own);
    const found = await Promise.all(others.map((log) => log.positionOf(id)));
    const known = [own, ...found].filter((position) => position !== null);
    return known.length === 0 ? null : Math.max(...known);
  }

  #all(): (ReplayReader | OtherReplayReader)[] {
    const { number, current } = this.#share;
    return Array.from({ length: current.count }, (_, log) => (log === number ? this.#own : this.#other(log)));
  }
}

/** What several logs found, as far as all of them were looked through. */
function mergeScanned(found: readonly ReplayScanned[]): ReplayScanned {
  const open = found.filter(({ isOver }) => !isOver);
  const upTo =
    open.length > 0 ? Math.min(...open.map((one) => one.upTo)) : Math.max(...found.map((one) => one.upTo));
  const events = found.flatMap((one) => one.events).filter(({ position }) => position <= upTo);
  return { events: events.sort((a, b) => a.position - b.position), upTo, isOver: open.length === 0 };
}

/** Whether a selection takes an event for an endpoint. */
function selects(
  { status, types }: Pick<ReplaySelection, "status" | "types">,
  endpoint: number,
): (event: LoggedEvent) => boolean {
  const isListed = listedIn(endpoint);
  return ({ endpoints, missed, type }) => {
    if (!isListed(missed) && (status === "missed" || !isListed(endpoints))) return false;
    return isOfTypes(type, types);
  };
}

/** Whether an event's type is one of some patterns; absent = any is. */
export function isOfTypes(type: string, patterns: string[] | undefined): boolean {
  return !patterns || patterns.some((pattern) => typeMatches(pattern, type));
}
