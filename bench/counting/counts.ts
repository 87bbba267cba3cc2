import type { Env } from "../../src/env.ts";
import { type Awake, awakeMs, connected, held, mostConnections, resetAwake } from "./awake.ts";

export type ObjectName = "log" | "endpoint";

/** What was done since the last reset. All objects of one machine share an isolate, so this is all of it. */
export interface Counts {
  workerRequests: number;
  /** Rows that SQL statements wrote, as the runtime counts them. */
  rows: Record<ObjectName, number>;
  /** Rows that SQL statements read; a cursor is looked at when the next one is opened. */
  rowsRead: number;
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
    rows: { log: 0, endpoint: 0 },
    rowsRead: 0,
    alarmsSet: { log: 0, endpoint: 0 },
    requests: {},
    statements: {},
    d1Rows: 0,
    r2Writes: 0,
    logLines: 0,
    awakeMs: { log: 0, endpoint: 0 },
    mostConnections: { log: 0, endpoint: 0 },
  };
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
  let rowsReadBefore = () => 0;
  sql.exec = <Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
    const cursor = exec<Row>(query, ...bindings);
    counts.rowsRead += rowsReadBefore();
    rowsReadBefore = () => cursor.rowsRead;
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
    const method = value as (...given: unknown[]) => unknown;
    Object.defineProperty(counting.prototype, name, {
      value: function (this: object, ...given: unknown[]) {
        add(counts.requests, `${object}.${name}`, 1);
        const act = () => method.apply(this, given);
        const awake = awakeOf.get(this);
        if (awake === undefined) return act();
        const end = awake.begin();
        const answer = awake.run(act);
        if (answer instanceof Promise) return answer.finally(end);
        end();
        return answer;
      },
    });
  }
}

/** The same bindings, with D1 and R2 counted, and with what is under way of them keeping its object awake. */
export function countedEnv(env: Env): Env {
  return {
    ...env,
    DB: countedDatabase(env.DB),
    ARCHIVE: countedBucket(env.ARCHIVE),
    EVENT_LOG: countedNamespace(env.EVENT_LOG),
    ENDPOINT: countedNamespace(env.ENDPOINT),
    ...(env.EGRESS ? { EGRESS: countedEgress(env.EGRESS) } : {}),
  };
}

/** Fetches until their headers, and sockets until they are open. */
function countedEgress(egress: Fetcher): Fetcher {
  const connect = (...given: Parameters<Fetcher["connect"]>) => {
    const socket = egress.connect(...given);
    connected(socket.opened);
    return socket;
  };
  return wrapped(connecting(egress, ["fetch"]), { connect });
}

function countedDatabase(database: D1Database): D1Database {
  const plain = new WeakMap<object, D1PreparedStatement>();
  /** Drizzle writes by `run`; what reads writes nothing. */
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const one = wrapped(connecting(statement, ["all", "raw", "first"]), {
      bind: (...values: unknown[]) => counted(statement.bind(...values)),
      run: async () => {
        const result = await connected(statement.run());
        counts.d1Rows += result.meta.rows_written;
        return result;
      },
    });
    plain.set(one, statement);
    return one;
  };
  return wrapped(database, {
    prepare: (query: string) => counted(database.prepare(query)),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await connected(database.batch(statements.map((given) => plain.get(given) ?? given)));
      for (const { meta } of results) counts.d1Rows += meta.rows_written;
      return results;
    },
  });
}

function countedBucket(bucket: R2Bucket): R2Bucket {
  const put = (...given: Parameters<R2Bucket["put"]>) => {
    counts.r2Writes++;
    return connected(bucket.put(...given));
  };
  return wrapped(connecting(bucket, ["get", "head", "list", "delete"]), { put });
}

/** A namespace whose stubs' calls keep the caller awake until they are answered. */
function countedNamespace<Namespace extends Env["EVENT_LOG"] | Env["ENDPOINT"]>(
  namespace: Namespace,
): Namespace {
  const getByName = (name: string) => {
    const stub = namespace.getByName(name);
    return new Proxy(stub, {
      get: (of, method) => {
        // biome-ignore lint/suspicious/noExplicitAny: a stub has whatever method its object has
        const call = (...given: unknown[]) => held(Promise.resolve((of as any)[method](...given)));
        return method === "then" ? undefined : call;
      },
    });
  };
  return wrapped(namespace, { getByName });
}

/** An object of which these methods wait for an answer over a connection of who calls them. */
function connecting<T extends object>(target: T, methods: (keyof T & string)[]): T {
  const instead = Object.fromEntries(
    methods.map((name) => [
      name,
      (...given: unknown[]) =>
        connected((target[name] as (...given: unknown[]) => Promise<unknown>).apply(target, given)),
    ]),
  );
  return wrapped(target, instead);
}

function wrapped<T extends object>(target: T, instead: Record<string, unknown>): T {
  return new Proxy(target, {
    get(of, name) {
      if (typeof name === "string" && Object.hasOwn(instead, name)) return instead[name];
      const value: unknown = Reflect.get(of, name, of);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
}
