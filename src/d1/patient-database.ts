import { Deadlines } from "../deadlines.ts";
import { CLOUDFLARE_SLOTS, Slots } from "../domain/slots.ts";
import type { Clock, Timers } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { isTransientDatabaseError } from "./database-errors.ts";

/** Drizzle writes a query that only reads so. */
const READS = /^\s*select\b/i;

/** Has something sent or read when it may be, and for as long as it may take. */
type Within = <T>(send: () => Promise<T>) => Promise<T>;

interface Unwrapped {
  statement: D1PreparedStatement;
  isRead: boolean;
}

/**
 * A database whose reads are tried again once when D1 says that it was just restarted, lost the connection or is
 * busy. A write is not: it may have been made. What fails twice throws D1's own error.
 * @param within has each query sent, when it may be
 */
export function patientDatabase(database: D1Database, within: Within = (send) => send()): D1Database {
  const unwrapped = new WeakMap<object, Unwrapped>();
  const attempt = async <T>(isRead: boolean, send: () => Promise<T>): Promise<T> => {
    try {
      return await within(send);
    } catch (error) {
      if (!isRead || !isTransientDatabaseError(error)) throw error;
      return within(send);
    }
  };
  const wrap = (statement: D1PreparedStatement, isRead: boolean): D1PreparedStatement => {
    const sent =
      (name: "all" | "raw" | "run" | "first") =>
      (...given: unknown[]) =>
        attempt(isRead, () => Reflect.apply(statement[name], statement, given));
    const patient = instead(statement, {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), isRead),
      all: sent("all"),
      raw: sent("raw"),
      run: sent("run"),
      first: sent("first"),
    });
    unwrapped.set(patient, { statement, isRead });
    return patient;
  };
  const batch = (statements: D1PreparedStatement[]) => {
    const plain = statements.map((given) => unwrapped.get(given) ?? { statement: given, isRead: false });
    const isRead = plain.every((one) => one.isRead);
    return attempt(isRead, () => database.batch(plain.map(({ statement }) => statement)));
  };
  return instead(database, {
    prepare: (query: string) => wrap(database.prepare(query), READS.test(query)),
    batch,
  });
}

/** An environment's bindings, with a patient database. */
export function patientEnv(env: Env): Env {
  return { ...env, DB: patientDatabase(env.DB) };
}

/**
 * What D1 or R2 has not answered after so long is given up, milliseconds. D1 ends a query itself after 30 s
 * (developers.cloudflare.com/d1/platform/limits), and a segment of the archive is a few MiB.
 */
const ANSWERS_WITHIN_MS = 60_000;

/**
 * An object's bindings: D1 and R2 share its connections with its attempts, if it makes any, so that on Cloudflare no more than six of
 * all wait for an answer at once. A call that is never answered fails and gives its connection back: otherwise the archive, or what
 * D1 is told, would stand still for as long as the object lives, and a few of them would stop its attempts. It may still be
 * done later: a segment is the same each time, what is told of an endpoint counts only over what is older, and a due time that comes
 * late has cron look once too early or too late.
 */
export function objectEnv(env: Env, slots: Slots, surroundings: Clock & Timers): Env {
  const deadlines = Deadlines.ofObject(env, surroundings);
  const within: Within = (call) => deadlines.within(ANSWERS_WITHIN_MS, call());
  const send: Within = (call) => slots.within(() => within(call));
  const bucket = env.ARCHIVE;
  const sent =
    (name: "get" | "put" | "head" | "list" | "delete") =>
    (...given: unknown[]): Promise<unknown> =>
      send(() => Reflect.apply(bucket[name], bucket, given));
  const getObject = sent("get");
  const ARCHIVE = instead(bucket, {
    get: async (...given: unknown[]) => {
      const object = (await getObject(...given)) as R2ObjectBody | null;
      return object && withBodyWithin(object, within);
    },
    put: sent("put"),
    head: sent("head"),
    list: sent("list"),
    delete: sent("delete"),
  });
  const DB = patientDatabase(env.DB, send);
  return { ...env, DB, ARCHIVE };
}

/** An object of R2 whose body is read within a time, too. That takes no slot: connections that wait for no headers do not count. */
function withBodyWithin(object: R2ObjectBody, within: Within): R2ObjectBody {
  const readers = (["arrayBuffer", "bytes", "text", "json", "blob"] as const).map((name) => [
    name,
    () => within(() => Reflect.apply(object[name], object, [])),
  ]);
  return instead(object, Object.fromEntries(readers));
}

/** How many connections an object has. */
export function slotsOf(env: Env): Slots {
  return new Slots(Number(env.SLOTS_PER_OBJECT ?? CLOUDFLARE_SLOTS));
}

/** An object with some of its methods replaced. */
function instead<T extends object>(target: T, methods: Record<string, unknown>): T {
  return new Proxy(target, {
    get(of, name) {
      if (typeof name === "string" && Object.hasOwn(methods, name)) return methods[name];
      const value: unknown = Reflect.get(of, name, of);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
}
