import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as signed from "../../src/sdk/ed25519.ts";
import * as sdk from "../../src/sdk/index.ts";
import type { VectorCase } from "../vectors/case.ts";
import { vectorCases, vectorsText } from "../vectors/vectors.ts";
import { verdictOf } from "../vectors/verdict.ts";
import { VERIFIED } from "./verified.ts";

const FILE = join(import.meta.dirname, "../../vectors/webhooks.json");
const cases = (JSON.parse(readFileSync(FILE, "utf8")) as { cases: VectorCase[] }).cases;
const named = { ...sdk, ...signed };

describe("vectors/webhooks.json", () => {
  it("is what `npm run vectors` writes", () => {
    expect(readFileSync(FILE, "utf8")).toBe(vectorsText());
    expect(cases.length).toBe(vectorCases().length);
  });

  it("has a name for each case, and cases of every dialect that the SDK verifies", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    const covered = new Set(cases.map(({ dialect }) => dialect));
    expect(VERIFIED.filter((name) => !covered.has(name))).toEqual([]);
  });

  it.each(cases)("$name", (one) => {
    expect(verdictOf(named, one)).toEqual({
      verdict: one.expect,
      ...(one.event ? { event: one.event } : {}),
    });
  });

  it("has the same verdicts for the body as text, where decoding keeps its bytes", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for (const one of cases) {
      let text: string;
      try {
        text = decoder.decode(Buffer.from(one.body_base64, "base64"));
      } catch {
        continue;
      }
      expect(verdictOf(named, one, text).verdict, one.name).toBe(one.expect);
    }
  });
});
