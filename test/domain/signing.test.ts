import { describe, expect, it } from "vitest";
import type { SigningSecret } from "../../src/domain/endpoint.ts";
import { rotatedSecrets, signingAt, signingPlan, switchedAt } from "../../src/domain/signing.ts";

const HOUR = 3_600_000;
const T0 = 1_800_000_000_000;

const first: SigningSecret[] = [{ secret: "one", expiresAt: null }];

/** A rotation at an hour, its switch-over `switchAfter` hours later; null = all sign at once. */
const rotated = (
  secrets: readonly SigningSecret[],
  secret: string,
  at: number,
  switchAfter: number | null,
  graceHours = 24,
) =>
  rotatedSecrets(
    secrets,
    {
      secret,
      graceEndsAt: T0 + (at + graceHours) * HOUR,
      switchAt: switchAfter === null ? null : T0 + (at + switchAfter) * HOUR,
    },
    T0 + at * HOUR,
  );

const signers = (secrets: readonly SigningSecret[], hour: number, isOneSignature = true) =>
  signingAt(secrets, isOneSignature, T0 + hour * HOUR).map(({ secret }) => secret);

describe("where a header holds one signature", () => {
  it("the old secret signs until the switch-over time, and from then on the new one", () => {
    const secrets = rotated(first, "two", 0, 3);
    expect([0, 2.99, 3, 23, 25].map((hour) => signers(secrets, hour))).toEqual([
      ["one"],
      ["one"],
      ["two"],
      ["two"],
      ["two"],
    ]);
  });

  it("a switch-over now, or a grace of none, lets the new one sign at once", () => {
    expect(signers(rotated(first, "two", 0, 0), 0)).toEqual(["two"]);
    const graceless = rotated(first, "two", 0, 0, 0);
    expect([graceless.length, signers(graceless, 0)]).toEqual([1, ["two"]]);
  });

  it("two rotations in a row keep what the first one promised: each secret signs from its switch-over on", () => {
    const secrets = rotated(rotated(first, "two", 0, 10), "three", 1, 20);
    expect([1, 9, 10, 20, 21].map((hour) => signers(secrets, hour)[0])).toEqual([
      "one",
      "one",
      "two",
      "two",
      "three",
    ]);
    expect(signingPlan(secrets, true, T0 + HOUR)).toEqual([
      { secret: "one", from: null, until: T0 + 10 * HOUR },
      { secret: "two", from: T0 + 10 * HOUR, until: T0 + 21 * HOUR },
      { secret: "three", from: T0 + 21 * HOUR, until: null },
    ]);
  });

  it("a second rotation with an earlier switch-over ends all before it", () => {
    const secrets = rotated(rotated(first, "two", 0, 10), "three", 1, 2);
    expect([1, 2.99, 3].map((hour) => signers(secrets, hour)[0])).toEqual(["one", "one", "three"]);
    expect(signers(rotated(rotated(first, "two", 0, 10), "three", 1, 0), 1)).toEqual(["three"]);
  });

  it("a rotation back to the secret that signs takes back the one under way", () => {
    const secrets = rotated(rotated(first, "two", 0, 10), "one", 1, 20);
    expect(secrets).toEqual(first);
  });

  it("the switch-over time can be moved, until it has passed", () => {
    const secrets = rotated(first, "two", 0, 10);
    expect(signers(switchedAt(secrets, T0 + HOUR, T0 + HOUR), 1)).toEqual(["two"]);
    const later = switchedAt(secrets, T0 + 30 * HOUR, T0 + HOUR);
    expect([signers(later, 29), signers(later, 30)]).toEqual([["one"], ["two"]]);
    expect(switchedAt(secrets, T0 + 30 * HOUR, T0 + 11 * HOUR)).toEqual(secrets);
    expect(switchedAt(first, T0 + HOUR, T0)).toEqual(first);
  });

  it("what an older version rotated goes on as it did: the newest signs", () => {
    const older: SigningSecret[] = [
      { secret: "two", expiresAt: null },
      { secret: "one", expiresAt: T0 + 24 * HOUR },
    ];
    expect(signers(older, 1)).toEqual(["two"]);
    expect(signingPlan(older, true, T0)).toEqual([{ secret: "two", from: null, until: null }]);
  });

  it("an endpoint without a secret has none that signs", () => {
    expect([signingAt([], true, T0), signingPlan([], true, T0)]).toEqual([[], []]);
  });
});

describe("where it holds one for each secret", () => {
  it("all sign until their grace ends, the newest first, and none longer than the one that is replaced", () => {
    const secrets = rotated(rotated(first, "two", 0, null), "three", 1, null, 2);
    expect(signers(secrets, 2.9, false)).toEqual(["three", "two", "one"]);
    expect(signers(secrets, 3, false)).toEqual(["three"]);
    expect(signingPlan(secrets, false, T0 + HOUR)).toEqual([
      { secret: "three", from: null, until: null },
      { secret: "two", from: null, until: T0 + 3 * HOUR },
      { secret: "one", from: null, until: T0 + 3 * HOUR },
    ]);
  });
});
