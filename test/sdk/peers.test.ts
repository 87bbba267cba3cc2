import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { VectorCase } from "../vectors/case.ts";
import { vectorCases } from "../vectors/vectors.ts";

/** What svix and standardwebhooks make of a signed body that is no JSON object, and of secrets not as they were given. */
const OF_STANDARD = [
  "the signature last of 21",
  "a secret without its prefix",
  "a secret without padding",
  "an empty body, rightly signed",
  "a list, rightly signed",
  "null, rightly signed",
];

/** What other libraries accept and ours refuses: each of these is a decision. */
const LAXER: Record<string, readonly string[]> = {
  stripe: [
    "the signature last of 21",
    // It takes the last one, whichever was signed.
    "two times",
    "the same time twice",
    "an empty part",
    "the time 1712345690123",
    // It looks for deliveries that are too old only, and takes a tolerance of 0 as none at all.
    "301 s ahead",
    "1 s old, without tolerance",
    // It decodes the body before it computes: then it is not these bytes that are verified.
    "a byte order mark before the body",
    "an empty secret beside the right one",
    "a list, rightly signed",
    "null, rightly signed",
  ],
  standardwebhooks: OF_STANDARD,
  // It gives the body back as it is, whatever it is.
  svix: [
    ...OF_STANDARD,
    "a byte order mark, rightly signed",
    "a raw NUL, rightly signed",
    "UTF-16, rightly signed",
    "NaN, rightly signed",
    "two JSON texts, rightly signed",
  ],
};

const V1A = ["the specification's v1a", "the same, the receiver holds the key", "v1a, as it is sent"];

/** What other libraries refuse and ours accepts. */
const STRICTER: Record<string, readonly string[]> = {
  stripe: ["blanks after the commas"],
  standardwebhooks: V1A,
  svix: V1A,
};

const PEERS: Record<string, { dialect: string; accepts(one: VectorCase): boolean }> = {
  stripe: {
    dialect: "atlas",
    accepts: (one) =>
      one.secrets.some((secret) =>
        passes(() =>
          Stripe.webhooks.constructEvent(
            Buffer.from(one.body_base64, "base64"),
            lowerCase(one.headers)["atlas-signature"] ?? "",
            secret,
            one.tolerance_seconds,
          ),
        ),
      ),
  },
  standardwebhooks: {
    dialect: "standard",
    accepts: (one) =>
      one.secrets.some((secret) =>
        passes(() =>
          new StandardWebhook(secret).verify(Buffer.from(one.body_base64, "base64"), lowerCase(one.headers)),
        ),
      ),
  },
  svix: {
    dialect: "standard",
    accepts: (one) =>
      one.secrets.some((secret) =>
        passes(() =>
          new SvixWebhook(secret).verify(Buffer.from(one.body_base64, "base64"), lowerCase(one.headers)),
        ),
      ),
  },
};

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
function passes(verifying: () => unknown): boolean {
  try {
    verifying();
    return true;
  } catch {
    return false;
  }
}

describe.each(Object.entries(PEERS))("the vectors in %s's own library", (name, { dialect, accepts }) => {
  afterEach(() => void vi.useRealTimers());

  it("are accepted or refused as in ours, but for what is told here", () => {
    vi.useFakeTimers();
    const differing = { laxer: [] as string[], stricter: [] as string[] };
    for (const one of vectorCases().filter((each) => each.dialect === dialect)) {
      vi.setSystemTime(one.now * 1000);
      const isAccepted = accepts(one);
      if (isAccepted === (one.expect === "ok")) continue;
      differing[isAccepted ? "laxer" : "stricter"].push(one.name.slice(dialect.length + 2));
    }
    expect(differing.laxer.toSorted()).toEqual(LAXER[name]?.toSorted());
    expect(differing.stricter.toSorted()).toEqual(STRICTER[name]?.toSorted());
  });
});
