import type { Env } from "../../src/env.ts";
import { connected, held } from "./awake.ts";
import { counts } from "./counts.ts";
import { distantDatabase } from "./d1-client.ts";

/** With what this Worker is given where D1 runs in a process of its own. */
export interface CountingEnv extends Env {
  /** Of `d1-process.ts`. */
  D1_URL?: string;
}

/** The same bindings, with D1 and R2 counted, and with what is under way of them keeping its object awake. */
export function countedEnv(env: CountingEnv): Env {
  return {
    ...env,
    DB: countedDatabase(databaseOf(env)),
    ARCHIVE: countedBucket(env.ARCHIVE),
    EVENT_LOG: countedNamespace(env.EVENT_LOG),
    ENDPOINT: countedNamespace(env.ENDPOINT),
    SENDER: countedNamespace(env.SENDER),
    // As on Cloudflare, where there is none: attempts are sent by the global `fetch`.
    EGRESS: undefined,
  };
}

/** Puts the way out of one machine in the place of the global `fetch`, with each fetch counted until its headers. */
export function countFetches({ EGRESS: egress }: CountingEnv): void {
  if (egress === undefined) return;
  globalThis.fetch = (...given) => connected(egress.fetch(...given));
}

function databaseOf({ DB, D1_URL, EGRESS }: CountingEnv): D1Database {
  if (D1_URL === undefined || EGRESS === undefined) return DB;
  return distantDatabase(D1_URL, EGRESS, (rows) => {
    counts.d1RowsRead += rows;
  });
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
function countedNamespace<Namespace extends Env["EVENT_LOG" | "ENDPOINT" | "SENDER"]>(
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
