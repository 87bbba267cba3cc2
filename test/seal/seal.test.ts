import { describe, expect, it } from "vitest";
import type { EndpointSecrets } from "../../src/domain/endpoint.ts";
import { platform } from "../../src/platform.ts";
import { openSecrets, sealSecrets } from "../../src/seal/seal.ts";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");

const secrets: EndpointSecrets = {
  secrets: [{ secret: "whsec_abc", expiresAt: null }],
  headers: { "X-Key": "välue" },
  auth: { type: "bearer", token: "t" },
};

describe("sealSecrets", () => {
  it("gives a text that opens to the same secrets and shows nothing of them", async () => {
    const env = { ENCRYPTION_KEY: key(1) };
    const sealed = await sealSecrets(secrets, env, platform);
    expect(sealed).toMatch(/^v1\.[\w-]+\.[\w-]{16}\.[\w-]+$/);
    expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain("whsec_abc");
    expect(await openSecrets(sealed, env)).toEqual(secrets);
  });

  it("never gives the same text twice", async () => {
    const env = { ENCRYPTION_KEY: key(1) };
    expect(await sealSecrets(secrets, env, platform)).not.toBe(await sealSecrets(secrets, env, platform));
  });

  it("seals under the newest key, and what an older one sealed still opens", async () => {
    const old = await sealSecrets(secrets, { ENCRYPTION_KEY: key(1) }, platform);
    const both = { ENCRYPTION_KEY: `${key(2)}, ${key(1)}` };
    expect(await openSecrets(old, both)).toEqual(secrets);
    const fresh = await sealSecrets(secrets, both, platform);
    expect(await openSecrets(fresh, { ENCRYPTION_KEY: key(2) })).toEqual(secrets);
    await expect(openSecrets(old, { ENCRYPTION_KEY: key(2) })).rejects.toThrow(/not in ENCRYPTION_KEY/);
  });

  it("refuses a text that was changed", async () => {
    const env = { ENCRYPTION_KEY: key(1) };
    const sealed = await sealSecrets(secrets, env, platform);
    const [version, id, iv, cipher = ""] = sealed.split(".");
    const flipped = (cipher.startsWith("A") ? "B" : "A") + cipher.slice(1);
    await expect(openSecrets([version, id, iv, flipped].join("."), env)).rejects.toThrow();
    await expect(openSecrets("v2.a.b.c", env)).rejects.toThrow(/not a sealed text/);
  });

  it("refuses keys of another length, and no key at all", async () => {
    const short = { ENCRYPTION_KEY: Buffer.alloc(16).toString("base64") };
    await expect(sealSecrets(secrets, short, platform)).rejects.toThrow(/32 bytes/);
    await expect(sealSecrets(secrets, { ENCRYPTION_KEY: "" }, platform)).rejects.toThrow(/no key/);
  });
});
