import { describe, expect, it } from "vitest";
import { maskerOf, secretValues } from "../../../../src/delivery/attempt/mask/secret-values.ts";
import type { EndpointSecrets } from "../../../../src/domain/endpoint.ts";

const NONE: EndpointSecrets = { secrets: [], headers: {}, auth: null };

describe("what is secret of an endpoint", () => {
  const masked = (secrets: Partial<EndpointSecrets>, sent: Record<string, string>, text: string) =>
    maskerOf({ ...NONE, ...secrets }, sent).texts([text])[0];

  it("are its signing secrets, those before too, with or without their prefix, and the key itself", () => {
    const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"].map(
      (secret, n) => ({ secret, expiresAt: n === 0 ? null : 1 }),
    );
    for (const { secret } of secrets) {
      const key = secret.slice(6);
      for (const spelled of [
        secret,
        key,
        Buffer.from(key, "base64").toString("base64url"),
        Buffer.from(key, "base64").toString("hex"),
      ])
        expect(masked({ secrets }, {}, `<${spelled}>`)).toBe("<***>");
    }
  });

  it("are credentials of basic: the password, and both together, raw and in base64", () => {
    const auth = { type: "basic" as const, username: "user", password: "pass/word" };
    const both = "user:pass/word";
    for (const spelled of [
      "pass/word",
      both,
      btoa(both),
      `Basic ${btoa(both)}`,
      btoa(btoa(both)),
      "pass\\/word",
    ])
      expect(masked({ auth }, {}, `<${spelled}>`)).toMatch(/^<(?:user:|Basic )?\*\*\*=*>$/);
    expect(masked({ auth }, {}, "user")).toBe("user");
  });

  it("are tokens, the client's secret, and the values of headers from 8 characters on", () => {
    expect(masked({ auth: { type: "bearer", token: "abcdefgh" } }, {}, "abcdefgh")).toBe("***");
    const oauth = {
      type: "oauth2" as const,
      tokenUrl: "",
      clientId: "client",
      clientSecret: "s3cr3t",
      scope: null,
    };
    expect(
      masked({ auth: oauth }, { Authorization: "Bearer t0k3n-0f-t0d4y" }, "s3cr3t t0k3n-0f-t0d4y client"),
    ).toBe("*** *** client");
    expect(masked({ headers: { "X-Key": "12345678", "X-Env": "staging" } }, {}, "12345678 staging")).toBe(
      "*** staging",
    );
    expect(masked({ headers: { Authorization: `Basic ${btoa("u:a-password")}` } }, {}, "a-password")).toBe(
      "***",
    );
    expect(masked({ headers: { Cookie: "session=0123456789; theme=dark" } }, {}, "0123456789 dark")).toBe(
      "*** dark",
    );
  });

  it("are not the values of headers that are public by their nature", () => {
    const headers = {
      Accept: "application/json",
      "accept-language": "en-US,en;q=0.9",
      "Cache-Control": "no-store, max-age=0",
    };
    for (const value of Object.values(headers)) expect(masked({ headers }, headers, value)).toBe(value);
    expect(secretValues({ ...NONE, headers }, headers)).toEqual([]);
  });
});
