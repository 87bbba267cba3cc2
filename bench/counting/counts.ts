import type { Env } from "../../src/env.ts";

export type ObjectName = "log" | "endpoint";

/** What was done since the last reset. All objects of one machine share an isolate, so this is all of it. */
export interface Counts {
  workerRequests: number;
  /** Rows that SQL statements wrote, as the runtime counts them. */
  rows: Record<ObjectName, number>;
  /** Calls of `setAlarm`: a row each on the bill. */
  alarmsSet: Record<ObjectName, number>;
  /** RPCs and alarms that ran, by method: a request each on the bill. */
  requests: Record<string, number>;
  /** Rows written by each statement, by its first words. */
  statements: Record<string, number>;
  d1Rows: number;
  /** Puts, and other class A operations. */
  r2Writes: number;
}

export const counts: Counts = empty();

function empty(): Counts {
  return {
    workerRequests: 0,
    rows: { log: 0, endpoint: 0 },
    alarmsSet: { log: 0, endpoint: 0 },
    requests: {},
    statements: {},
    d1Rows: 0,
    r2Writes: 0,
  };
}

export function resetCounts(): void {
  Object.assign(counts, empty());
}

/** Counts what goes through an object's storage: in place, because the base class takes only the runtime's own. */
export function countStorage(storage: DurableObjectStorage, object: ObjectName): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  sql.exec = <Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
    const cursor = exec<Row>(query, ...bindings);
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

/** Counts calls of a class's methods from outside; they are looked up on the class that is exported. */
export function countRequests(plain: ObjectClass, counting: ObjectClass, object: ObjectName): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(plain.prototype))) {
    if (name === "constructor" || typeof value !== "function") continue;
    const method = value as (...given: unknown[]) => unknown;
    Object.defineProperty(counting.prototype, name, {
      value: function (this: object, ...given: unknown[]) {
        add(counts.requests, `${object}.${name}`, 1);
        return method.apply(this, given);
      },
    });
  }
}

/** The same bindings, with D1 and R2 counted. */
export function countedEnv(env: Env): Env {
  return { ...env, DB: countedDatabase(env.DB), ARCHIVE: countedBucket(env.ARCHIVE) };
}

function countedDatabase(database: D1Database): D1Database {
  return wrapped(database, {
    prepare: (query: string) => countedStatement(database.prepare(query)),
  });
}

/** Drizzle writes by `run`; what reads writes nothing. */
function countedStatement(statement: D1PreparedStatement): D1PreparedStatement {
  return wrapped(statement, {
    bind: (...values: unknown[]) => countedStatement(statement.bind(...values)),
    run: async () => {
      const result = await statement.run();
      counts.d1Rows += result.meta.rows_written;
      return result;
    },
  });
}

function countedBucket(bucket: R2Bucket): R2Bucket {
  const put = (...given: Parameters<R2Bucket["put"]>) => {
    counts.r2Writes++;
    return bucket.put(...given);
  };
  return wrapped(bucket, { put });
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
