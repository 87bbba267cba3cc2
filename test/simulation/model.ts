import { isByKey } from "./order-by-key.ts";
import type { PlannedEndpoint, Settings } from "./planned-endpoint.ts";

/** An event that was published, from its first request to its 202. Times are milliseconds since the start. */
export interface Publication {
  n: number;
  type: string;
  workspace: string;
  sentAt: number;
  acceptedAt: number | null;
  /** Event ids that were answered: more than one only where the publisher did not care. */
  ids: Set<string>;
  /** To how many endpoints the 202 said that it goes. */
  endpoints: number | null;
  /** A publisher that did not care gave up: it may have been accepted or not. */
  isUncertain: boolean;
}

/** Something that was done by hand, from its first request to its last answer. */
export interface ByHand {
  from: number;
  to: number;
  /** The events of which it may bring a delivery where there is none yet: one, or all that were accepted by then. */
  replays: number | "all" | null;
}

/** An event as it was handed to one who fetches. Times are milliseconds since the start. */
export interface Handed {
  sequence: number;
  attempt: number;
  eventId: string;
  /** From the event's data. */
  n: number;
  headers: Record<string, string>;
  body: string;
  /** When it was asked for and when it came: somewhen in between its lease began. */
  askedAt: number;
  handedAt: number;
  leaseMs: number;
  /** What was said of it, and when it was said first; null = nothing. */
  said: { isDone: boolean; at: number } | null;
  /** When the service answered that this ended it; null = it did not, or the answer told of a part of what was handed out. */
  endedAt: number | null;
}

interface Change {
  sentAt: number;
  /** When the last answer came; infinite while nobody knows. */
  doneAt: number;
  settings: Partial<Settings> & { status?: string };
}

/** An endpoint as its owner knows it: what was asked for, and when. */
export class PlayedEndpoint {
  readonly number: number;
  readonly workspace: string;
  readonly id: string;
  readonly isByCompat: boolean;
  /** Its receiver fetches. */
  readonly isPulled: boolean;
  /** What was fetched from it. */
  readonly handed: Handed[] = [];
  /** Its dialect sends none. */
  hasNoSequence: boolean;
  /** When its 201 was answered. */
  readonly madeAt: number;
  /** When its DELETE was first asked for. */
  deletedAt: number | null = null;
  /** Secrets that it ever had, and since when it surely has them. */
  readonly secrets: { secret: string; since: number }[];
  /** When somebody retried, canceled or replayed by hand. */
  readonly byHand: ByHand[] = [];
  /** From this time on an answer of 410 or failures in a row may disable it, or a dead letter pause it. */
  mayChangeItselfFrom = Number.POSITIVE_INFINITY;
  readonly #changes: Change[];

  constructor(
    planned: PlannedEndpoint,
    made: { id: string; workspace: string; at: number; secret: string | null },
  ) {
    this.number = planned.number;
    this.isPulled = planned.settings.transport === "pull";
    this.isByCompat = planned.byCompat === true;
    this.hasNoSequence = this.isByCompat;
    this.workspace = made.workspace;
    this.id = made.id;
    this.madeAt = made.at;
    this.secrets = made.secret === null ? [] : [{ secret: made.secret, since: made.at }];
    const settings = { dialect: "atlas", ...withOrder(planned.settings), status: "enabled" };
    this.#changes = [{ sentAt: 0, doneAt: made.at, settings }];
    if (planned.settings.on_dead_letter === "pause") this.mayChangeItselfFrom = made.at;
  }

  /** A change is asked for; returns what is to be called when it is answered. */
  change(settings: Change["settings"], nowMs: number): (doneAt: number) => void {
    const change = { sentAt: nowMs, doneAt: Number.POSITIVE_INFINITY, settings: withOrder(settings) };
    this.#changes.push(change);
    return (doneAt) => {
      change.doneAt = doneAt;
    };
  }

  /** The values that a setting may have had at some time between two times. */
  during<Name extends keyof Change["settings"]>(
    name: Name,
    from: number,
    to: number,
  ): Change["settings"][Name][] {
    const values: Change["settings"][Name][] = [];
    const changes = this.#changes.filter(({ settings }) => name in settings);
    for (const change of changes) {
      if (change.sentAt > to) continue;
      // Another one was in force for sure before this span began.
      const isReplaced = changes.some(
        (other) => other.sentAt >= change.doneAt && other.doneAt < from && other !== change,
      );
      if (!isReplaced) values.push(change.settings[name]);
    }
    return values;
  }

  /** The values that a field may have now, of those that were given; none = it was never given. */
  now(field: string, nowMs: number): unknown[] {
    return this.during(field as keyof Change["settings"], nowMs, nowMs);
  }

  /** The fields that were given at any time. */
  get givenFields(): string[] {
    return [...new Set(this.#changes.flatMap(({ settings }) => Object.keys(settings)))];
  }

  /** Whether a setting had one value for sure, all the time. */
  isSurely<Name extends keyof Change["settings"]>(
    name: Name,
    value: Change["settings"][Name],
    from = 0,
    to = Number.POSITIVE_INFINITY,
  ): boolean {
    return this.during(name, from, to).every((one) => one === value);
  }

  /** When its order was by key for sure. */
  get spansByKey(): { from: number; to: number }[] {
    const changes = this.#changes.filter(({ settings }) => "order" in settings);
    return changes.flatMap(({ settings, sentAt, doneAt }, i) => {
      const to = changes[i + 1]?.sentAt ?? Number.POSITIVE_INFINITY;
      // One that was asked for before may have been done after it, by a repeated request.
      const mayBeReplaced = changes.slice(0, i).some((other) => other.doneAt > sentAt);
      return isByKey(settings.order) && doneAt < to && !mayBeReplaced ? [{ from: doneAt, to }] : [];
    });
  }

  /** Whether its order was by key from its first day on. */
  get isAlwaysByKey(): boolean {
    return this.during("order", 0, Number.POSITIVE_INFINITY).every(isByKey);
  }

  wasTouchedByHand(from: number, to: number): boolean {
    return this.byHand.some((span) => span.from <= to && span.to >= from);
  }

  /** Whether anybody asked for a change of it, or did something by hand, or it may have changed itself. */
  isUntouched(from: number, to: number): boolean {
    const isChanged = this.#changes.slice(1).some(({ sentAt, doneAt }) => sentAt <= to && doneAt >= from);
    return !isChanged && !this.wasTouchedByHand(from, to) && this.mayChangeItselfFrom > to;
  }
}

/** `order` and `serialize` are two names of one setting. */
function withOrder(settings: Change["settings"]): Change["settings"] {
  if ("order" in settings) return { ...settings, serialize: settings.order === "endpoint" };
  if ("serialize" in settings) return { ...settings, order: settings.serialize ? "endpoint" : "none" };
  return settings;
}
