import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { dialects } from "../../src/dialects/index.ts";
import { jsonRequest, reserved } from "../../src/dialects/request.ts";
import { badFields, call, newWorkspace } from "../api/client.ts";

/** A wire contract of tomorrow, all of it in one object. */
const morse: Dialect = {
  defaults: { retry: { delays: [1, 2], jitter: 0 }, disableAfterFailures: 7 },
  secret: {
    presence: "generated",
    generate: () => "... --- ...",
    problem: (secret) => (/^[.\- ]+$/.test(secret) ? null : "must be dots and dashes"),
  },
  options: { speed: ["slow", "fast"] },
  verdict: () => "unsigned",
  build: ({ event }, { secrets, options }) =>
    jsonRequest(`{"stop":${event.data}}`, { "X-Morse": `${secrets[0]} ${options.speed ?? "slow"}` }),
  reservedHeaders: reserved("X-Morse"),
};

const sent: { body: string; signature: string | null }[] = [];

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  sent.push({ body: await request.text(), signature: request.headers.get("x-morse") });
  return new Response();
};

beforeAll(() => {
  Reflect.set(dialects, "morse", morse);
});

afterAll(() => {
  Reflect.deleteProperty(dialects, "morse");
});

it("a further dialect is one object: it can be subscribed, sampled and delivered with nothing else changed", async () => {
  const { key } = await newWorkspace();
  const post = (path: string, body: object) => call("POST", path, { key, body });
  const given = { url: "https://receiver.example/", dialect: "morse", types: ["a.b"] };
  const made = await post("/v1/endpoints", { ...given, dialect_options: { speed: "fast" } });
  expect(made.body).toMatchObject({
    dialect: "morse",
    secret: "... --- ...",
    retry: { delays: [1, 2] },
    disable_after: { consecutive_failures: 7 },
  });
  expect(badFields(await post("/v1/endpoints", { ...given, secret: "words" }))).toEqual(["secret"]);
  expect(badFields(await post("/v1/endpoints", { ...given, headers: { "x-morse": "1" } }))).toHaveLength(1);
  const sample = await call("GET", "/v1/event-types/deal.created/sample?dialect=morse", { key });
  expect(sample.body.headers["X-Morse"]).toBe("... --- ... slow");
  await post("/v1/events", { type: "a.b", data: { n: 1 } });
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent).toEqual([{ body: '{"stop":{"n":1}}', signature: "... --- ... fast" }]);
});
