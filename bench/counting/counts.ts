import { type Awake, awakeMs, held, mostConnections, resetAwake } from "./awake.ts";

export type ObjectName = "log" | "endpoint" | "sender";

/** What was done since the last reset. All objects of one machine share an isolate, so this is all of it. */
export interface Counts {
  workerRequests: number;
  /** Rows that SQL statements wrote, as the runtime counts them. */
  rows: Record<ObjectName, number>;
  /** Rows that SQL statements read; a cursor is looked at when the next one is opened. */
  rowsRead: number;
  /** The same by statement. */
  reads: Record<string, number>;
  /** Rows read of D1, where it tells (d1-client.ts). */
  d1RowsRead: number;
  /** Calls of `setAlarm`: a row each on the bill. */
  alarmsSet: Record<ObjectName, number>;
  /** RPCs and alarms that ran, by method: a request each on the bill. */
  requests: Record<string, number>;
  /** Rows written by each statement, by its first words. */
  statements: Record<string, number>;
  d1Rows: number;
  /** Puts, and other class A operations. */
  r2Writes: number;
  /** Lines that the service itself logged. */
  logLines: number;
  /** How long objects were awake, milliseconds. */
  awakeMs: Record<ObjectName, number>;
  /** The most connections that one object had waiting for an answer at once, since it started. */
  mostConnections: Record<ObjectName, number>;
}

export const counts: Counts = empty();

function empty(): Counts {
  return {
    workerRequests: 0,
    rows: none(),
    rowsRead: 0,
    reads: {},
    d1RowsRead: 0,
    alarmsSet: none(),
    requests: {},
    statements: {},
    d1Rows: 0,
    r2Writes: 0,
    logLines: 0,
    awakeMs: none(),
    mostConnections: none(),
  };
}

function none(): Record<ObjectName, number> {
  return { log: 0, endpoint: 0, sender: 0 };
}

export function resetCounts(): void {
  Object.assign(counts, empty());
  resetAwake();
}

/** What was counted until now. */
export function countsNow(): Counts {
  const each = (count: (object: ObjectName) => number) => ({
    log: count("log"),
    endpoint: count("endpoint"),
    sender: count("sender"),
  });
  return { ...counts, awakeMs: each(awakeMs), mostConnections: each(mostConnections) };
}

/** Counts the lines that are logged: each is one on the bill. */
export function countLogLines(): void {
  for (const level of ["log", "warn", "error"] as const) {
    const print = console[level].bind(console);
    console[level] = (...given: unknown[]) => {
      counts.logLines++;
      print(...given);
    };
  }
}

/** Counts what goes through an object's storage: in place, because the base class takes only the runtime's own. */
export function countStorage(storage: DurableObjectStorage, object: ObjectName): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  let rowsReadBefore = () => {};
  sql.exec = <Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
    const cursor = exec<Row>(query, ...bindings);
    rowsReadBefore();
    rowsReadBefore = () => {
      counts.rowsRead += cursor.rowsRead;
      if (cursor.rowsRead > 0) add(counts.reads, `${object}: ${shown(query)}`, cursor.rowsRead);
    };
    // Statements that write have run to their end here, those with RETURNING too.
    counts.rows[object] += cursor.rowsWritten;
    if (cursor.rowsWritten > 0) add(counts.statements, `${object}: ${firstWords(query)}`, cursor.rowsWritten);
    return cursor;
  };
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (...given: Parameters<typeof setAlarm>) => {
    counts.alarmsSet[object]++;
    return setAlarm(...given);
  };
}

function firstWords(query: string): string {
  return query.trim().split(/\s+/).slice(0, 3).join(" ");
}

/** A statement in one line. */
function shown(query: string): string {
  return query.trim().replace(/\s+/g, " ").slice(0, 100);
}

function add(tally: Record<string, number>, key: string, count: number): void {
  tally[key] = (tally[key] ?? 0) + count;
}

interface ObjectClass {
  name: string;
  prototype: object;
}

/** What keeps an object awake, by the object. */
const awakeOf = new WeakMap<object, Awake>();

/** Counts how long an object is awake, from its constructor on. */
export function countAwake(instance: object, awake: Awake): void {
  awakeOf.set(instance, awake);
}

/** What an object does before its first request is its own, too. */
export function holdConstruction(ctx: DurableObjectState, awake: Awake): void {
  const block = ctx.blockConcurrencyWhile.bind(ctx);
  ctx.blockConcurrencyWhile = (act) => block(() => awake.run(() => held(act())));
}

/** Counts calls of a class's methods from outside; they are looked up on the class that is exported. */
export function countRequests(plain: ObjectClass, counting: ObjectClass, object: ObjectName): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(plain.prototype))) {
    if (name === "constructor" || typeof value !== "function") continue;
    const own: unknown = Object.getOwnPropertyDescriptor(counting.prototype, name)?.value;
    const method = (own ?? value) as (...given: unknown[]) => unknown;
    Object.defineProperty(counting.prototype, name, {
      value: function (this: object, ...given: unknown[]) {
        add(counts.requests, `${object}.${name}`, 1);
        return whileAwake(this, () => method.apply(this, given));
      },
    });
  }
}

/** What is done by an instance keeps its object awake. */
export function whileAwake(instance: object, act: () => unknown): unknown {
  const awake = awakeOf.get(instance);
  if (awake === undefined) return act();
  const end = awake.begin();
  const answer = awake.run(act);
  if (answer instanceof Promise) return answer.finally(end);
  end();
  return answer;
}
