import Stripe from "stripe";
import { Webhook as Svix } from "svix";
import { atlas, standard } from "../../src/sdk/index.ts";
import { nowUs } from "../clock.ts";
import { type Figure, plain } from "../figure.ts";
import { median } from "../percentiles.ts";
import type { Bench } from "../section.ts";

const ROUNDS = 31;
const TARGET_OF_STRIPE = 1.0;
const TARGET_OF_SVIX = 0.6;

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/**
 * What verifying a delivery of 1 KB costs a receiver in Node, beside the libraries that verify the same signatures: all
 * take turns, so that the machine's noise hits all.
 */
export async function verify(bench: Bench): Promise<Figure[]> {
  const count = bench.size === "quick" ? 300 : 2000;
  const body = JSON.stringify({
    ...{ id: "evt_1", type: "deal.created", created: 1_763_631_000, api_version: "2026-01-15", sequence: 7 },
    data: { id: "deal_8f2a", value: 48_000, note: "the quick brown fox — ".repeat(37) },
  });
  const signature = atlas.webhooks.sign(body, SECRET)["Atlas-Signature"] ?? "";
  const headers = standard.webhooks.sign(body, SECRET);
  // Made once, as their documents show it.
  const svix = new Svix(SECRET);
  const [ours, stripe, oursStandard, svixs] = inTurns(
    [
      () => atlas.webhooks.verify(body, signature, SECRET),
      () => Stripe.webhooks.constructEvent(body, signature, SECRET),
      () => standard.webhooks.verify(body, headers, SECRET),
      () => svix.verify(body, headers),
    ],
    count,
  ) as [number, number, number, number];
  bench.note(`The body has ${Buffer.byteLength(body)} bytes.`);
  return [
    figure("atlas.webhooks.verify", ours, "stripe's constructEvent", stripe, TARGET_OF_STRIPE),
    figure("standard.webhooks.verify", oursStandard, "svix's verify", svixs, TARGET_OF_SVIX),
  ];
}

function figure(name: string, us: number, other: string, otherUs: number, target: number): Figure {
  const ratio = us / otherUs;
  return {
    name: `${name} of 1 KB, beside ${other}`,
    measured: `${plain(us)} µs (${ratio.toFixed(2)} ×)`,
    bare: `${plain(otherUs)} µs`,
    target: `≤ ${target} ×`,
    met: ratio <= target,
  };
}

/** Microseconds per call of each: the median of rounds that take turns. */
function inTurns(calls: readonly (() => unknown)[], count: number): number[] {
  const times = calls.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, call] of calls.entries()) {
      const startedAt = nowUs();
      for (let n = 0; n < count; n++) call();
      // The first round warms up.
      if (round > 0) times[i]?.push((nowUs() - startedAt) / count);
    }
  }
  return times.map(median);
}
