import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call, newWorkspace, OPERATOR } from "../api/client.ts";

const withoutSecret = (name: string, value = "") => ({ key: OPERATOR, env: { [name]: value } });

it("answers 503 not_set_up where the Worker was deployed without its secrets, whatever is asked", async () => {
  for (const [name, path] of [
    ["ENCRYPTION_KEY", "/health"],
    ["ENCRYPTION_KEY", "/v1/workspaces"],
    ["ADMIN_TOKEN", "/compat/voice/subscriptions"],
  ] as const) {
    const answer = await call("GET", path, withoutSecret(name));
    expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([
      503,
      "not_set_up",
      "60",
    ]);
    expect(answer.body.detail).toContain(name);
  }
  const short = await call("GET", "/health", withoutSecret("ENCRYPTION_KEY", btoa("short")));
  expect(short.body.detail).toContain("32 bytes");
  expect((await call("GET", "/health")).status).toBe(200);
});

it("answers 503 not_set_up where D1 lacks the tables of this version", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  for (const [from, to] of [
    ["api_keys", "keys_of_a_later_version"],
    ["rate_limit", "column_of_a_later_version"],
  ] as const) {
    const DB = new Proxy(env.DB, {
      get: (database, name) =>
        name === "prepare"
          ? (query: string) => database.prepare(query.replaceAll(from, to))
          : Reflect.get(database, name),
    });
    // Another key each time: a known one is not looked up again.
    const { key } = await newWorkspace();
    const answer = await call("GET", "/v1/keys", { key, env: { DB } });
    expect([answer.status, answer.body.code], from).toEqual([503, "not_set_up"]);
  }
  vi.restoreAllMocks();
});
