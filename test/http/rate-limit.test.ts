import { afterEach, expect, it, vi } from "vitest";
import { badFields, call, newWorkspace } from "../api/client.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function limitedKey(rate_limit: number | null) {
  const workspace = await newWorkspace();
  const body = { name: "limited", role: "reader", rate_limit };
  const { body: made } = await call("POST", "/v1/keys", { key: workspace.key, body });
  return { workspace, made };
}

it("answers 429 with Retry-After beyond a key's rate, and lets it in again after that", async () => {
  const { workspace, made } = await limitedKey(3);
  expect(made.rate_limit).toBe(3);
  vi.useFakeTimers({ toFake: ["Date"] });
  const ask = () => call("GET", "/v1/events", { key: made.key });
  const answers = [await ask(), await ask(), await ask(), await ask()];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
  const refused = answers[3];
  expect(refused?.body.code).toBe("rate_limited");
  const seconds = Number(refused?.headers.get("retry-after"));
  expect(seconds).toBe(1);
  // Others are not held up by it.
  expect((await call("GET", "/v1/events", { key: workspace.key })).status).toBe(200);
  vi.setSystemTime(Date.now() + seconds * 1000);
  expect((await ask()).status).toBe(200);
});

it("limits no key that has no rate", async () => {
  const { made } = await limitedKey(null);
  expect(made.rate_limit).toBeNull();
  for (let i = 0; i < 50; i++) expect((await call("GET", "/v1/events", { key: made.key })).status).toBe(200);
});

it("goes on counting when what is known of the key is read anew", async () => {
  const { made } = await limitedKey(0.1);
  vi.useFakeTimers({ toFake: ["Date"] });
  expect((await call("GET", "/v1/events", { key: made.key })).status).toBe(200);
  vi.setSystemTime(Date.now() + 9500);
  expect((await call("GET", "/v1/events", { key: made.key })).status).toBe(429);
  vi.setSystemTime(Date.now() + 1000);
  expect((await call("GET", "/v1/events", { key: made.key })).status).toBe(200);
});

it("is refused outside its bounds", async () => {
  const { workspace } = await limitedKey(1);
  for (const rate_limit of [0, -1, 10_001, "5"]) {
    const body = { name: "x", role: "reader", rate_limit };
    expect(badFields(await call("POST", "/v1/keys", { key: workspace.key, body }))).toEqual(["rate_limit"]);
  }
});
