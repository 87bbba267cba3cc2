import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filled, readAdapter } from "../../bench/race/adapter.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "atlas-adapter-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const OTHER = {
  name: "other",
  origin: "http://127.0.0.1:1",
  headers: { "x-key": "Key {env.OTHER_KEY}" },
  endpoint: { path: "/endpoints", body: { url: "{url}" } },
  publish: { path: "/events", body: { payload: "{data}" } },
};

function read(adapter: unknown, environment = {}) {
  const file = join(folder, "other.json");
  writeFileSync(file, typeof adapter === "string" ? adapter : JSON.stringify(adapter));
  return readAdapter(file, environment);
}

describe("the adapter of another server", () => {
  it("has its key from the environment, and says how each thing is asked for", () => {
    expect(read(OTHER, { OTHER_KEY: "secret" })).toMatchObject({
      headers: { "x-key": "Key secret" },
      prepare: [],
      endpoint: { method: "POST", path: "/endpoints" },
      receiverHost: "127.0.0.1",
    });
  });

  it.each([
    ["no JSON", "{", "other.json: "],
    ["no origin", { ...OTHER, origin: undefined }, "origin"],
    ["a member that there is not", { ...OTHER, publsh: {} }, "publsh"],
    ["a path that is none", { ...OTHER, publish: { ...OTHER.publish, path: "events" } }, "publish.path"],
    ["a key that the environment lacks", OTHER, "the environment has no OTHER_KEY"],
  ])("with %s is refused, by the name of what is wrong", (_, adapter, named) => {
    expect(() => read(adapter)).toThrow(named);
  });

  it("has its places filled in every text, and leaves what it does not know", () => {
    const body = { url: "{url}", types: ["{type}.x"], nested: { n: 1, at: "{other}" } };
    expect(filled(body, { url: "http://r/", type: "t" })).toEqual({
      url: "http://r/",
      types: ["t.x"],
      nested: { n: 1, at: "{other}" },
    });
  });
});
