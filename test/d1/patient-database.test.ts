import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { isTransientDatabaseError } from "../../src/d1/database-errors.ts";
import { objectEnv, patientDatabase } from "../../src/d1/patient-database.ts";
import { Slots } from "../../src/domain/slots.ts";
import { platform } from "../../src/platform.ts";
import { call, newWorkspace } from "../api/client.ts";
import { HandClock } from "../hand-clock.ts";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** As Cloudflare lists them: developers.cloudflare.com/d1/observability/debug-d1/ */
const TEXTS = [
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: Can't read from request stream because client disconnected.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
  "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
];

/** A database of which the first so many queries fail, whatever way they are sent. */
function failing(times: number, text = TEXTS[2]): { database: D1Database; asked(): number } {
  let asked = 0;
  const send = <T>(act: () => Promise<T>): Promise<T> =>
    ++asked <= times ? Promise.reject(new Error(text)) : act();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(of, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(of.bind(...values));
        if (name === "unwrapped") return of;
        const value = Reflect.get(of, name, of);
        return typeof value === "function"
          ? (...given: unknown[]) => send(() => value.apply(of, given))
          : value;
      },
    });
  const database = new Proxy(env.DB, {
    get(of, name) {
      if (name === "prepare") return (query: string) => wrap(of.prepare(query));
      if (name === "batch")
        return (statements: D1PreparedStatement[]) =>
          send(() => of.batch(statements.map((statement) => Reflect.get(statement, "unwrapped"))));
      return Reflect.get(of, name, of);
    },
  });
  return { database, asked: () => asked };
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("takes every text that Cloudflare lists for one that passes, and no other", () => {
  for (const text of TEXTS) expect(isTransientDatabaseError(new Error(text)), text).toBe(true);
  const wrapped = new Error("Failed query: select 1", { cause: new Error(TEXTS[7]) });
  expect(isTransientDatabaseError(wrapped)).toBe(true);
  expect(isTransientDatabaseError(new Error("D1_ERROR: UNIQUE constraint failed: keys.id"))).toBe(false);
});

it("tries a read again once, a batch of reads too, and no write", async () => {
  const read = failing(1);
  const patient = patientDatabase(read.database);
  expect(await patient.prepare("SELECT ? AS n").bind(7).first("n")).toBe(7);
  expect(read.asked()).toBe(2);

  const batch = failing(1);
  const reads = patientDatabase(batch.database);
  const answers = await reads.batch([reads.prepare("SELECT 1 AS n"), reads.prepare("SELECT ? AS n").bind(2)]);
  expect(answers.map(({ results }) => results)).toEqual([[{ n: 1 }], [{ n: 2 }]]);

  for (const mixed of [true, false]) {
    const write = failing(1);
    const database = patientDatabase(write.database);
    const statement = database.prepare("DELETE FROM workspaces WHERE id = ?").bind("ws_none");
    const sent = mixed ? database.batch([database.prepare("SELECT 1"), statement]) : statement.run();
    await expect(sent).rejects.toThrow("Network connection lost");
    expect(write.asked()).toBe(1);
  }

  const twice = failing(2);
  await expect(patientDatabase(twice.database).prepare("SELECT 1").all()).rejects.toThrow(
    "Network connection lost",
  );
  expect(twice.asked()).toBe(2);
});

it("answers a read although D1 failed once, and 503 with Retry-After where it failed twice", async () => {
  const { key } = await newWorkspace();
  vi.spyOn(console, "error").mockImplementation(() => {});
  // The key is known from here on: what fails is the list itself.
  expect((await call("GET", "/v1/endpoints", { key })).status).toBe(200);
  expect((await call("GET", "/v1/endpoints", { key, env: { DB: failing(1).database } })).status).toBe(200);
  const answer = await call("GET", "/v1/endpoints", { key, env: { DB: failing(2).database } });
  expect([answer.status, answer.body.code]).toEqual([503, "overloaded"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("answers a write that D1 failed with 503 and Retry-After, not with 500, and makes nothing of it", async () => {
  const { key } = await newWorkspace();
  vi.spyOn(console, "error").mockImplementation(() => {});
  await call("GET", "/v1/keys", { key });
  const body = { name: "ci", role: "publisher" };
  for (const text of TEXTS) {
    const answer = await call("POST", "/v1/keys", { key, body, env: { DB: failing(1, text).database } });
    expect([answer.status, answer.body.code, answer.headers.has("retry-after")], text).toEqual([
      503,
      "overloaded",
      true,
    ]);
  }
  expect((await call("GET", "/v1/keys", { key })).body.data).toHaveLength(1);
});

it("gives up what D1 or R2 never answers an object, and its connection goes to what waits for it", async () => {
  const clock = new HandClock();
  const never = () => new Promise<never>(() => {});
  const silent = { ...env, ARCHIVE: { put: never } as unknown as R2Bucket };
  const { ARCHIVE, DB } = objectEnv(silent, new Slots(1), clock);
  const put = expect(ARCHIVE.put("key", "value")).rejects.toThrow("no answer within 60000 ms");
  const query = DB.prepare("SELECT 1 AS n").first("n");
  await turn();
  clock.pass(59_999);
  const first = await Promise.race([query, turn().then(() => "it waits")]);
  expect(first).toBe("it waits");
  clock.pass(1);
  await put;
  expect(await query).toBe(1);
});

it("gives up the body of an object of R2 that does not come to its end, and meanwhile others use its connection", async () => {
  const clock = new HandClock();
  const never = () => new Promise<never>(() => {});
  const hanging = {
    get: async () => ({ key: "segment", arrayBuffer: never, text: async () => "all of it" }),
  };
  const silent = { ...env, ARCHIVE: hanging as unknown as R2Bucket };
  const { ARCHIVE, DB } = objectEnv(silent, new Slots(1), clock);
  const object = await ARCHIVE.get("segment");
  const body = expect(object?.arrayBuffer()).rejects.toThrow("no answer within 60000 ms");
  expect([object?.key, await object?.text()]).toEqual(["segment", "all of it"]);
  expect(await DB.prepare("SELECT 1 AS n").first("n")).toBe(1);
  clock.pass(60_000);
  await body;
});

it("reads what R2 has as R2 gives it", async () => {
  const { ARCHIVE } = objectEnv(env, new Slots(1), platform);
  await ARCHIVE.put("whole", "some text");
  const object = await ARCHIVE.get("whole", { range: { offset: 5, length: 4 } });
  expect([object?.size, await object?.text()]).toEqual([9, "text"]);
  expect(await ARCHIVE.get("none")).toBeNull();
  await ARCHIVE.delete("whole");
});
