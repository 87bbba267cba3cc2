import { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import * as atomic from "../../src/contract/atomic.ts";
import * as audit from "../../src/contract/audit.ts";
import * as delivery from "../../src/contract/delivery.ts";
import * as endpoint from "../../src/contract/endpoint.ts";
import * as endpointSecret from "../../src/contract/endpoint-secret.ts";
import * as event from "../../src/contract/event.ts";
import * as eventType from "../../src/contract/event-type.ts";
import * as portal from "../../src/contract/portal.ts";
import * as replayJob from "../../src/contract/replay-job.ts";
import * as stats from "../../src/contract/stats.ts";
import * as voice from "../../src/contract/voice.ts";
import * as workspace from "../../src/contract/workspace.ts";
import { parseJson } from "../../src/http/body.ts";
import { badFields, call, newWorkspace } from "./client.ts";

const contract = { atomic, audit, delivery, endpoint, endpointSecret, event, eventType };
const rest = { portal, replayJob, stats, voice, workspace };

const schemas = Object.entries({ ...contract, ...rest }).flatMap(([file, exports]) =>
  Object.entries(exports as Record<string, unknown>)
    .filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType)
    .map(([name, schema]) => [`${file}.${name}`, schema] as const),
);

const WRONG: unknown[] = [
  ...[undefined, null, true, -1, 0.5, 1e300, Number.NaN, "", "\ud800", "nonsense", "x".repeat(5000)],
  ...[
    [],
    [null],
    [1],
    [""],
    {},
    { a: 1 },
    { "": "x" },
    { type: "none" },
    { type: "basic" },
    { delays: [-1] },
  ],
  ...[{ per_second: -1 }, { consecutive_failures: 0.5 }, Array.from({ length: 3000 }, () => "x")],
];

/** Everything that a schema says of wrong values: of the whole, and of each of its fields. */
function messagesOf(schema: z.ZodType): string[] {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const values = [...WRONG, ...fields.flatMap((name) => WRONG.map((wrong) => ({ [name]: wrong })))];
  return values.flatMap((value) => schema.safeParse(value).error?.issues.map(({ message }) => message) ?? []);
}

/** How our sentences go on behind a field's name. */
const OURS =
  /^(?:must (?:be|not|have|hold|lie)|is (?:required|not|for)|has (?:the|no)|types under|character \d+: |a key (?:has|of)|an element of|cannot|needs|takes)/;

it("every message of a schema is a sentence of ours that says what to send instead", () => {
  expect(schemas.length).toBeGreaterThan(50);
  const foreign = schemas.flatMap(([name, schema]) =>
    [...new Set(messagesOf(schema))]
      .filter(
        (message) =>
          !OURS.test(message) ||
          /Invalid|Expected|, received|Unrecognized|Too |Unexpected|Exceeded/.test(message),
      )
      .map((message) => `${name}: ${message}`),
  );
  expect(foreign).toEqual([]);
});

describe("a field that is", () => {
  it.each<[string, object, string, string]>([
    ["missing", {}, "url", "is required"],
    ["of another type", { timeout: "10" }, "timeout", "must be a number, not a string"],
    [
      "null where no default is",
      { auth: { type: "bearer", token: null } },
      "auth.token",
      "must be a string, not null",
    ],
    ["dropped where it is called", { url: null }, "url", "is required"],
    ["too large", { timeout: 31 }, "timeout", "must be at most 30"],
    ["too small", { timeout: 0 }, "timeout", "must be at least 1"],
    ["a decimal", { max_in_flight: 1.5 }, "max_in_flight", "must be a whole number, not a decimal"],
    ["none of the choices", { method: "GET" }, "method", "must be one of POST, PUT"],
    ["a list without items", { types: [] }, "types", "must not be empty: it needs an item"],
    ["empty", { tags: [""] }, "tags[0]", "must not be empty"],
    ["too long", { description: "x".repeat(1025) }, "description", "must not be longer than 1024 characters"],
    [
      "an unknown variant",
      { auth: { type: "x" } },
      "auth.type",
      "must be one of basic, bearer, header, oauth2",
    ],
    ["unknown", { nothing: 1 }, "nothing", "is not known here"],
    ["a boolean as text", { serialize: "true" }, "serialize", "must be true or false, not a string"],
  ])("%s is named with how to mend it", async (_name, field, path, message) => {
    const { key } = await newWorkspace();
    const body = path === "url" ? field : { url: "https://receiver.example/", ...field };
    const answer = await call("POST", "/v1/endpoints", { key, body });
    expect([answer.status, badFields(answer)]).toEqual([422, [path]]);
    expect(answer.body.errors[0].message).toBe(message);
  });
});

it.each([
  ["", "The body is empty; send JSON."],
  ['{"a": 1', "The JSON is not complete: something is missing at its end."],
  ['{"a": "x', "The JSON is not complete: something is missing at its end."],
  ['{\n"a": 1,\nb: 2}', "This is not JSON from line 3, character 1 on."],
  ["[1, x]", "This is not JSON: a x stands where none may be."],
])("a body that is no JSON says where: %j", (text, detail) => {
  expect(() => parseJson(text)).toThrow(detail);
});
