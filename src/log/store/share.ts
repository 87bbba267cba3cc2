import { nextPosition } from "../../domain/ids.ts";
import {
  type LogAnswer,
  type LogShare,
  logShareShape,
  nextPositionOf,
  type PlainLogAnswer,
} from "../../domain/log-shards.ts";
import { readStored, writeStored } from "../../storage/schema.ts";

/** What log 0 knows before there are others: it has all events, at whatever position comes next. */
const ALONE: LogShare = { epoch: 0, count: 1, isOpen: true, closedAt: 0, stages: [], sharedSince: null };

/** What another log knows before it is told anything: it accepts nothing. */
const UNTOLD: LogShare = { ...ALONE, epoch: -1, count: 0, isOpen: false };

/**
 * This log's share of its workspace's events. When the number of logs is raised, each log there was is closed to what was
 * sent by the routing before, and says how far it had come; then all are opened, with positions beyond each of these.
 */
export class Share {
  readonly #sql: SqlStorage;
  readonly #number: () => number;
  #known: LogShare | null = null;

  /** @param number of the log among those of its workspace; asked for only once it is called */
  constructor(sql: SqlStorage, number: () => number) {
    this.#sql = sql;
    this.#number = number;
  }

  get current(): LogShare {
    this.#known ??= readStored(this.#sql, "share", logShareShape) ?? (this.#number() === 0 ? ALONE : UNTOLD);
    return this.#known;
  }

  /** What it holds in memory may not be what is stored. */
  forget(): void {
    this.#known = null;
  }

  /** How many logs the workspace has, as far as this one was told: at least this one. */
  get logs(): number {
    return Math.max(1, this.current.count);
  }

  /** Has a record say how many logs there are, where there are several. */
  addCount<Answer extends LogAnswer>(answer: Answer): Answer {
    return this.logs === 1 ? answer : { ...answer, logs: this.logs };
  }

  /** Adds how many logs there are to an answer that is no record. */
  addCountTo<Answer>(answer: Answer): PlainLogAnswer<Answer> {
    return this.logs === 1 ? answer : { logs: this.logs, answer };
  }

  get number(): number {
    return this.#number();
  }

  /** Whether what was sent by the routing of an epoch is accepted here. */
  accepts(epoch: number): boolean {
    return this.current.isOpen && this.current.epoch === epoch;
  }

  /** The position that follows `last`, behind all that any log gave before there were so many. */
  nextPosition(last: number, nowMs: number): number {
    const { count, closedAt } = this.current;
    if (count === 1) return nextPosition(last, nowMs);
    return nextPositionOf(this.#number(), Math.max(last, closedAt), nowMs);
  }

  /**
   * Closes the log to what is sent by an older routing; returns the newest position that it gave until then, null where it knows a
   * newer routing.
   */
  close(epoch: number, count: number, lastPosition: number): number | null {
    const { current } = this;
    if (current.epoch > epoch) return null;
    if (current.epoch < epoch) {
      const closedAt = Math.max(lastPosition, current.closedAt);
      // Others may be opened, and accept, before this one is: where there was one log, what follows tells its log from here on.
      const sharedSince = current.sharedSince ?? closedAt;
      this.#store({ ...current, ...{ epoch, count, isOpen: false, closedAt, sharedSince } });
    }
    return this.current.closedAt;
  }

  /** Opens the log to what is sent by a routing; `barriers`: what the logs answered that were closed for it. */
  open(epoch: number, count: number, barriers: number[]): void {
    const { current } = this;
    if (current.epoch > epoch || (current.epoch === epoch && current.isOpen)) return;
    const floor = Math.max(...barriers);
    this.#store({
      ...{ epoch, count, isOpen: true },
      // Its next positions lie beyond those that any of the others gave before.
      closedAt: Math.max(current.closedAt, floor),
      stages: [...current.stages, { epoch, barriers }],
      sharedSince: current.sharedSince ?? floor,
    });
  }

  /** All endpoints have what lies in front of a stage: nothing waits for it any more. */
  endStage(epoch: number): void {
    const stages = this.current.stages.filter((stage) => stage.epoch !== epoch);
    this.#store({ ...this.current, stages });
  }

  #store(share: LogShare): void {
    writeStored(this.#sql, "share", logShareShape, share);
    this.#known = share;
  }
}
