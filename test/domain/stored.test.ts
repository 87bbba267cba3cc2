import { describe, expect, it } from "vitest";
import type { Attempt } from "../../src/domain/delivery.ts";
import { attemptShape } from "../../src/domain/delivery-shapes.ts";
import type { EndpointSecrets } from "../../src/domain/endpoint.ts";
import { secretsShape } from "../../src/domain/endpoint-shapes.ts";
import {
  added,
  always,
  kinds,
  listed,
  maybe,
  named,
  nullable,
  type Reader,
  record,
  row,
  type StoredText,
} from "../../src/domain/stored.ts";

interface Place {
  city: string;
  postcode: string | null;
}

type Step = [at: number, what: string, by?: string | null];

type Shown = { kind: "text"; text: string } | { kind: "picture"; width: number };

const readPlace = record<Place>({ city: always(), postcode: added(null) });

describe("a value that is read by rules", () => {
  it("has what stands for the fields that are absent, and none that are not known", () => {
    expect(readPlace({ city: "Bern", street: "Kramgasse" })).toEqual({ city: "Bern", postcode: null });
    expect(readPlace({ postcode: "3011", city: "Bern", street: 1 })).toEqual({
      city: "Bern",
      postcode: "3011",
    });
    expect(readPlace(JSON.parse('{"city": "Bern", "__proto__": {"postcode": "1"}}'))).toEqual({
      city: "Bern",
      postcode: null,
    });
    expect(() => readPlace({ postcode: null })).toThrow(TypeError);
  });

  it("is the one that was parsed where that has all its fields, and what was parsed is never changed", () => {
    const whole = { city: "Bern", postcode: null };
    expect(readPlace(whole)).toBe(whole);
    const older = { place: { city: "Bern" } };
    expect(record({ place: readPlace })(older)).toEqual({ place: whole });
    expect(older).toEqual({ place: { city: "Bern" } });
  });

  it("keeps what is absent absent, in a nested value, too", () => {
    const read = record<{ name?: string; place?: Place; home: Place | null }>({
      name: maybe(),
      place: maybe(readPlace),
      home: nullable(readPlace),
    });
    expect(read({ home: null })).toEqual({ home: null });
    expect(Object.keys(read({ home: null, other: 1 }))).toEqual(["home"]);
    expect(read({ home: { city: "Bern" }, place: { city: "Basel" }, name: "x" })).toEqual({
      home: { city: "Bern", postcode: null },
      place: { city: "Basel", postcode: null },
      name: "x",
    });
  });

  it("is a row with what stands for the places that older rows end before", () => {
    const read = listed(row<Step>(always(), always(), maybe()));
    expect(
      read([
        [1, "made"],
        [2, "sent", null],
        [3, "sent", "me", "later"],
      ]),
    ).toEqual([
      [1, "made"],
      [2, "sent", null],
      [3, "sent", "me", "later"],
    ]);
    expect(() => read([[1]])).toThrow(TypeError);
    const given = [1, "made"];
    expect(row<[number, string, string]>(always(), always(), added("nobody"))(given)).toEqual([
      1,
      "made",
      "nobody",
    ]);
    expect(given).toEqual([1, "made"]);
  });

  it("is of the kind that it names, and of no unknown one", () => {
    const read = kinds<"kind", Shown>("kind", {
      text: record({ kind: always(), text: added("") }),
      picture: record({ kind: always(), width: always() }),
    });
    expect(read({ kind: "text" })).toEqual({ kind: "text", text: "" });
    expect(read({ kind: "picture", width: 2 })).toEqual({ kind: "picture", width: 2 });
    expect(() => read({ kind: "constructor" })).toThrow("unknown kind: constructor");
  });

  it("is refused where a list or an object of others stands for it", () => {
    expect(() => listed<string>(always())("text")).toThrow(TypeError);
    expect(() => named<string>(always())(null)).toThrow(TypeError);
    expect(() => listed(readPlace)([undefined])).toThrow(TypeError);
  });
});

it("does not compile where what may grow has no rule of its own", () => {
  // @ts-expect-error a later version may give the object a field
  const object: Reader<Place> = always();
  // @ts-expect-error nor in a list
  const objects: Reader<Place[]> = listed(always());
  // @ts-expect-error nor where it may be null
  const orNull: Reader<Place | null> = nullable(always());
  // @ts-expect-error nor absent
  const orAbsent: Reader<Place | undefined> = maybe();
  // @ts-expect-error nor for the absent alone
  const orAdded: Reader<Place> = added({ city: "", postcode: null });
  // @ts-expect-error nor a row, which may get a place
  const oneRow: Reader<Step> = always();
  // @ts-expect-error whose place has no rule
  const lessThanARow: Reader<Step> = row<Step>(always(), always());
  // @ts-expect-error names that are data have a reader that says so
  const names: Reader<Record<string, string>> = always();
  // @ts-expect-error every kind has a reader
  const oneKind: Reader<Shown> = kinds<"kind", Shown>("kind", {
    text: record({ kind: always(), text: always() }),
  });
  expect([object, objects, orNull, orAbsent, orAdded, oneRow, lessThanARow, names, oneKind]).not.toContain(
    undefined,
  );
});

it("reads an attempt without an answer, and one with fields that no version knows", () => {
  const read = (attempt: object) => attemptShape.read(JSON.stringify(attempt) as StoredText<Attempt>);
  const request = { method: "POST", url: "https://a.example/", headers: { "x-a": "1" } };
  const attempt = {
    ...{ number: 1, startedAt: 5, durationMs: 2, outcome: "failure", error: "timeout" },
    request,
  };
  expect(read({ ...attempt, response: null })).toEqual({ ...attempt, response: null });
  const response = { status: 500, headers: {}, body: "no", encoding: "utf8", truncated: false };
  const read2 = read({ ...attempt, request: { ...request, port: 1 }, response: { ...response, late: true } });
  expect(read2).toEqual({ ...attempt, response });
});

it.each([
  { type: "basic", username: "u", password: "p" },
  { type: "bearer", token: "t" },
  { type: "header", name: "x-key", value: "v" },
  { type: "oauth2", tokenUrl: "https://a.example/", clientId: "i", clientSecret: "s", scope: null },
])("reads the $type auth of an endpoint with all that it has", (auth) => {
  const read = (secrets: object) => secretsShape.read(JSON.stringify(secrets) as StoredText<EndpointSecrets>);
  expect(read({ secrets: [], headers: { a: "1" }, auth })).toEqual({
    secrets: [],
    headers: { a: "1" },
    auth,
  });
  expect(read({ secrets: [] })).toEqual({ secrets: [], headers: {}, auth: null });
  expect(() => read({ secrets: [], headers: {}, auth: { type: auth.type } })).toThrow(TypeError);
});
