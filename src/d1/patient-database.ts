import { CLOUDFLARE_SLOTS, Slots } from "../domain/slots.ts";
import type { Env } from "../env.ts";
import { isTransientDatabaseError } from "./database-errors.ts";

/** Drizzle writes a query that only reads so. */
const READS = /^\s*select\b/i;

interface Unwrapped {
  statement: D1PreparedStatement;
  isRead: boolean;
}

/**
 * A database whose reads are tried again once when D1 says that it was just restarted, lost the connection or is
 * busy. A write is not: it may have been made. What fails twice throws D1's own error.
 * @param within has each query sent, when it may be
 */
export function patientDatabase(
  database: D1Database,
  within: <T>(send: () => Promise<T>) => Promise<T> = (send) => send(),
): D1Database {
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
 * An object's bindings: D1 and R2 share its connections with its attempts, so that on Cloudflare no more than six of
 * all wait for an answer at once.
 */
export function objectEnv(env: Env, slots: Slots): Env {
  const bucket = env.ARCHIVE;
  const inSlot = Object.fromEntries(
    (["get", "put", "head", "list", "delete"] as const).map((name) => [
      name,
      (...given: unknown[]) => slots.within(() => Reflect.apply(bucket[name], bucket, given)),
    ]),
  );
  const DB = patientDatabase(env.DB, (send) => slots.within(send));
  return { ...env, DB, ARCHIVE: instead(bucket, inSlot) };
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
