import { describe, expect, it } from "vitest";
import { isLinkSigned, signLink } from "../../src/seal/link-signature.ts";

const [first, second] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));
const env = (...keys: (string | undefined)[]) => ({ ENCRYPTION_KEY: keys.join(",") });

describe("a link's signature", () => {
  it("holds for what was signed, and for nothing else", () => {
    const signature = signLink("a\nb", env(first));
    expect(isLinkSigned("a\nb", signature, env(first))).toBe(true);
    expect(isLinkSigned("a\nc", signature, env(first))).toBe(false);
    expect(isLinkSigned("a\nb", signature.slice(1), env(first))).toBe(false);
    expect(isLinkSigned("a\nb", "", env(first))).toBe(false);
  });

  it("outlives a rotation of ENCRYPTION_KEY as long as the old key is listed", () => {
    const signature = signLink("a", env(first));
    expect(isLinkSigned("a", signature, env(second, first))).toBe(true);
    expect(isLinkSigned("a", signature, env(second))).toBe(false);
  });
});
