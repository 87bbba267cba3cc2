import { expect, it } from "vitest";
import { fullBucket, takeToken } from "../../src/domain/token-bucket.ts";

/** How many of some requests at a time are let through. */
const passed = (bucket: ReturnType<typeof fullBucket>, rate: number, requests: number, now: number) =>
  Array.from({ length: requests }, () => takeToken(bucket, rate, now)).filter((waitMs) => waitMs === 0)
    .length;

it("lets a second's worth through at once, then as many as the rate gives", () => {
  const bucket = fullBucket(10, 0);
  expect(passed(bucket, 10, 25, 0)).toBe(10);
  expect(passed(bucket, 10, 25, 500)).toBe(5);
  expect(passed(bucket, 10, 25, 60_000)).toBe(10);
});

it("tells how long to wait for the next one", () => {
  const bucket = fullBucket(2, 0);
  expect(passed(bucket, 2, 2, 0)).toBe(2);
  expect(takeToken(bucket, 2, 0)).toBe(500);
  expect(takeToken(bucket, 2, 400)).toBeCloseTo(100);
  expect(takeToken(bucket, 2, 500)).toBe(0);
});

it("lets one through even where the rate is below one per second", () => {
  const bucket = fullBucket(0.5, 0);
  expect(takeToken(bucket, 0.5, 0)).toBe(0);
  expect(takeToken(bucket, 0.5, 0)).toBe(2000);
});

it("gives nothing for a clock that goes back", () => {
  const bucket = fullBucket(1, 10_000);
  expect(takeToken(bucket, 1, 10_000)).toBe(0);
  expect(takeToken(bucket, 1, 0)).toBe(1000);
});
