import { describe, expect, it } from "vitest";
import { CONTRACTS, headersOf } from "../../../src/dashboard/signature/contracts.ts";
import { type Diagnosis, diagnose, type Evidence } from "../../../src/dashboard/signature/diagnosis.ts";
import { dialects } from "../../../src/dialects/index.ts";
import { hmacBase64, hmacHex } from "../../../src/dialects/signature.ts";
import { outgoing } from "../../dialects/outgoing.ts";

const NOW = Date.parse("2026-11-25T13:06:17Z");

const DATA = '{"id":"deal_1","name":"Café/Bar","value":48000.0}';

const SECRETS = {
  atlas: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  standard: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  support: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  brokers: "our own words",
  atomic: "5bd5b9bd-1b4f-4b2c-9d52-6bb4b3e8c0b1",
} as const;

type Name = keyof typeof SECRETS;

/** What a receiver of this contract has, of a delivery as the service signs it. */
function evidence(name: Name, change: Partial<Evidence> = {}): Evidence {
  const { headers, body } = dialects[name].build(outgoing(DATA), {
    secrets: [SECRETS[name]],
    nowMs: NOW,
    options: {},
  });
  const contract = CONTRACTS.find((one) => one.name === name);
  if (contract === undefined) throw new Error(`no contract ${name}`);
  return {
    contract,
    headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value])),
    ...{ body, sent: null, others: [], computed: "", clockMs: NOW },
    secrets: [{ name: "the secret", secret: SECRETS[name] }],
    ...change,
  };
}

const NAMES = Object.keys(SECRETS) as Name[];

function causeOf(given: Evidence): Diagnosis["cause"] {
  return diagnose(given).cause;
}

describe("the signature debugger", () => {
  it.each(NAMES)("finds that what the service sends in the contract %s fits", (name) => {
    expect(causeOf(evidence(name))).toEqual({ kind: "fits" });
  });

  it.each(NAMES)("says that nothing it knows fits where the secret is a stranger's, in %s", (name) => {
    const secret =
      name === "atomic" ? "00000000-0000-4000-8000-000000000000" : "whsec_AAAAAAAAAAAAAAAAAAAAAAAA";
    expect(causeOf(evidence(name, { secrets: [{ name: "x", secret }] }))).toEqual({ kind: "nothing fits" });
  });

  it.each([
    ["newline added", (body: string) => `${body}\n`],
    ["mark added", (body: string) => `\uFEFF${body}`],
    ["spaces changed", (body: string) => body.replaceAll(",", ", ").replaceAll('":', '": ')],
    ["escapes changed", (body: string) => body.replace("é", "\\u00e9")],
    ["escapes changed", (body: string) => body.replace("/", "\\/")],
    ["quoted again", (body: string) => JSON.stringify(body)],
    ["wrong charset", (body: string) => Buffer.from(body, "utf8").toString("latin1")],
  ])("names the change of the body: %s", (change, changed) => {
    const given = evidence("atlas");
    const found = diagnose({ ...given, body: changed(given.body) });
    expect(found.cause).toEqual({ kind: "body", change });
    expect(found.body).toBe(given.body);
  });

  it("finds a number that was rounded, and where, by the body as it was sent", () => {
    const given = evidence("standard");
    const found = diagnose({ ...given, sent: given.body, body: given.body.replace("48000.0", "48000") });
    expect(found.cause).toEqual({ kind: "not as sent" });
    expect(found.body).toBe(given.body);
  });

  it("names a lost prefix, spaces and quotes around the secret", () => {
    const { secret } = evidence("atlas").secrets[0] ?? { secret: "" };
    const kind = (changed: string) =>
      causeOf(evidence("atlas", { secrets: [{ name: "the secret", secret: changed }] })).kind;
    expect(kind(secret.replace("whsec_", ""))).toBe("prefix lost");
    expect(kind(`${secret} `)).toBe("secret with spaces");
    expect(kind(`"${secret}"`)).toBe("secret with quotes");
  });

  it("tells whose secret signed it: an older one, or another endpoint's", () => {
    const right = { name: "the older secret", secret: SECRETS.atlas };
    const wrong = { name: "the newest secret", secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAA" };
    const older = diagnose(evidence("atlas", { secrets: [wrong, right] }));
    expect([older.cause.kind, older.secret?.name]).toEqual(["fits", "the older secret"]);
    const foreign = diagnose(evidence("atlas", { secrets: [wrong], others: [{ ...right, name: "of b" }] }));
    expect([foreign.cause.kind, foreign.secret?.name]).toEqual(["other endpoint", "of b"]);
  });

  it("names the contract whose headers are there in place of the chosen one's", () => {
    const { headers } = evidence("standard");
    expect(causeOf(evidence("atlas", { headers }))).toEqual({ kind: "wrong contract", other: "standard" });
  });

  it("names base64 in place of hex", () => {
    const given = evidence("brokers");
    const headers = { "x-webhook-secret": hmacBase64(SECRETS.brokers, given.body) };
    expect(causeOf({ ...given, headers })).toEqual({ kind: "encoding", is: "base64" });
  });

  it("tells by how much a clock is off, beyond the five minutes that are allowed", () => {
    expect(causeOf(evidence("atlas", { clockMs: NOW + 299_000 }))).toEqual({ kind: "fits" });
    expect(causeOf(evidence("atlas", { clockMs: NOW + 900_000 }))).toEqual({ kind: "clock", seconds: 900 });
    expect(causeOf(evidence("atlas", { clockMs: NOW - 900_000 }))).toEqual({ kind: "clock", seconds: -900 });
    expect(causeOf(evidence("atlas", { clockMs: null }))).toEqual({ kind: "fits" });
  });

  it("tells a key of another kind from a secret", () => {
    const secrets = [{ name: "x", secret: "whpk_AAAA" }];
    expect(causeOf(evidence("atlas", { secrets })).kind).toBe("public key");
  });

  it("says what is wrong with headers that cannot be read", () => {
    const kind = (name: Name, headers: Record<string, string>) => causeOf(evidence(name, { headers })).kind;
    expect(kind("atlas", { "atlas-signature": "v1=00" })).toBe("unreadable");
    expect(kind("standard", { "webhook-signature": "v1,AA==", "webhook-timestamp": "1" })).toBe("unreadable");
  });

  const { body } = evidence("atlas");
  const time = String(NOW / 1000);
  it.each([
    ["comparison", `v1=${hmacHex(SECRETS.atlas, `${time}.${body}`)}`],
    ["code encoding", hmacBase64(SECRETS.atlas, `${time}.${body}`)],
    ["code body", hmacHex(SECRETS.atlas, `${time}.${JSON.stringify(JSON.parse(body))}`)],
    ["code newline", hmacHex(SECRETS.atlas, `${time}.${body}\n`)],
    ["code prefix", hmacHex(SECRETS.atlas.slice(6), `${time}.${body}`)],
    ["code decodes", hmacHex(Buffer.from(SECRETS.atlas.slice(6), "base64"), `${time}.${body}`)],
    ["code leaves out", hmacHex(SECRETS.atlas, body)],
  ])("names the mistake of the receiver's own code by what it came to: %s", (kind, computed) => {
    expect(causeOf(evidence("atlas", { computed })).kind).toBe(kind);
  });

  it("names code that takes a standard secret's characters for the key, or leaves out the id", () => {
    const given = evidence("standard");
    const { "webhook-id": id = "", "webhook-timestamp": at = "" } = given.headers;
    const undecoded = hmacBase64(SECRETS.standard, `${id}.${at}.${given.body}`);
    expect(causeOf({ ...given, computed: undecoded }).kind).toBe("code does not decode");
    const key = Buffer.from(SECRETS.standard.slice(6), "base64");
    const withoutId = hmacBase64(key, `${at}.${given.body}`);
    expect(causeOf({ ...given, computed: withoutId })).toEqual({ kind: "code leaves out", what: "id" });
  });

  it("reads headers as they are pasted: lines, an object's text, one value alone", () => {
    const [atlas] = CONTRACTS;
    expect(headersOf("Atlas-Signature: t=1,v1=ab", atlas)).toEqual({ "atlas-signature": "t=1,v1=ab" });
    expect(headersOf('"atlas-signature": "t=1,v1=ab",', atlas)).toEqual({ "atlas-signature": "t=1,v1=ab" });
    expect(headersOf("t=1,v1=ab", atlas)).toEqual({ "atlas-signature": "t=1,v1=ab" });
  });
});
