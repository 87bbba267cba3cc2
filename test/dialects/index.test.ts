import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_DIALECT, dialectNamed, dialects } from "../../src/dialects/index.ts";
import { platform } from "../../src/platform.ts";

const rows = Object.entries(dialects);

function totalSeconds(name: string): number | undefined {
  return dialectNamed(name)?.defaults.retry.delays.reduce((sum, delay) => sum + delay, 0);
}

describe("the table of dialects", () => {
  it("has the contracts of docs/contracts.md, and names no other", () => {
    const contracts = readFileSync("docs/contracts.md", "utf8");
    const described = [...contracts.matchAll(/^## `(.+)`$/gm)].map(([, name]) => name);
    expect(described.length).toBeGreaterThanOrEqual(7);
    expect(Object.keys(dialects).sort()).toEqual(described.sort());
    expect(dialectNamed("atlas")).toBe(dialects.atlas);
    for (const name of ["stripe", "", "toString", "__proto__", "Atlas"])
      expect(dialectNamed(name)).toBeNull();
    expect(DEFAULT_DIALECT).toBe("standard");
  });

  it.each(rows)("%s accepts the secrets it generates, and never the same twice", (_, { secret }) => {
    if (secret.presence === "never") return expect(secret.problem("whsec_0123456789abcdef")).not.toBeNull();
    const [one, other] = [secret.generate(platform), secret.generate(platform)];
    expect(secret.problem(one)).toBeNull();
    expect(one).not.toBe(other);
  });

  it.each(rows)("%s has a schedule that an endpoint could set itself", (_, { defaults }) => {
    const { delays, jitter } = defaults.retry;
    expect(delays.length).toBeLessThanOrEqual(20);
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(0.1);
      expect(delay).toBeLessThanOrEqual(7 * 86_400);
    }
    expect(jitter).toBeGreaterThanOrEqual(0);
    expect(jitter).toBeLessThanOrEqual(0.5);
  });

  it("retries as each contract says", () => {
    expect(dialects.atlas.defaults.retry.delays).toEqual([10, 30, 60, 300, 1800, 7200, 43_200, 86_400]);
    expect(totalSeconds("atlas")).toBe(38 * 3600 + 36 * 60 + 40);
    expect(dialects.support.defaults).toEqual(dialects.atlas.defaults);
    expect(dialects.standard.defaults.retry.delays).toHaveLength(9);
    expect(totalSeconds("standard")).toBe(75 * 3600 + 35 * 60 + 5);
    expect(dialects.voice.defaults.retry.delays).toEqual([10, 60]);
    expect(dialects.brokers.defaults.retry.delays).toEqual([]);
  });

  it("retries atomic for up to 4 hours, doubling from 5 s up to 30 min, and disables after 23 failures", () => {
    const { retry, disableAfterFailures } = dialects.atomic.defaults;
    expect(retry.delays).toEqual(retry.delays.map((_, i) => Math.min(5 * 2 ** i, 1800)));
    const total = totalSeconds("atomic") ?? 0;
    expect(total).toBeLessThanOrEqual(4 * 3600);
    expect(total + 1800).toBeGreaterThan(4 * 3600);
    expect(retry.jitter).toBe(0.1);
    expect(disableAfterFailures).toBe(23);
  });
});
