import { published } from "../dialects/published-vectors.ts";
import { BODIES, bytes, Cases, hmac, type Sent, SIGNED_AT, sent, type VectorCase } from "./case.ts";

const KEY = Buffer.from("0123456789abcdefghijklmnopqrstuv");
const SECRET = `whsec_${KEY.toString("base64")}`;
const OLDER = `whsec_${Buffer.from("older-key-older-key-older-key-ol").toString("base64")}`;
const { privateKey, publicKey } = published;

/** The order of the group of ed25519, in bytes from the lowest. */
const ORDER = Buffer.from("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "hex");

/** The same signature with its second half raised by the order: forged from a good one unless verifiers are strict. */
function raised(base64: string): string {
  const signature = Buffer.from(base64, "base64");
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    const sum = (signature[32 + i] ?? 0) + (ORDER[i] ?? 0) + carry;
    signature[32 + i] = sum & 0xff;
    carry = sum >> 8;
  }
  return signature.toString("base64");
}

/** The cases of `standard`. */
export function standardCases(): VectorCase[] {
  const cases = new Cases("standard", [SECRET]);
  const good = sent("standard", [SECRET]);
  const id = String(good.headers["webhook-id"]);
  const signature = String(good.headers["webhook-signature"]);
  const base64 = signature.slice("v1,".length);
  const withHeader = (name: string, value: string | null): Sent => ({
    ...good,
    headers: Object.fromEntries(
      Object.entries({ ...good.headers, [name]: value }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    ),
  });
  const withSignature = (value: string) => withHeader("webhook-signature", value);
  const signed = (body: Uint8Array, time = String(SIGNED_AT), key: Uint8Array = KEY): Sent => ({
    headers: {
      "webhook-id": id,
      "webhook-timestamp": time,
      "webhook-signature": `v1,${hmac(key, bytes(`${id}.${time}.`, body), "base64")}`,
    },
    body,
  });
  const event = JSON.parse(bytes(good.body).toString());

  cases.add("as it is sent", good, "ok", { event });
  const known: Sent = {
    body: bytes(published.body),
    headers: {
      "webhook-id": published.id,
      "webhook-timestamp": published.timestamp,
      "webhook-signature": published.v1,
    },
  };
  const then = { now: published.now / 1000, event: { test: 2_432_232_314 } };
  cases.add("the specification's v1", known, "ok", { secrets: [published.secret], ...then });
  const knownV1a = { ...known, headers: { ...known.headers, "webhook-signature": published.v1a } };
  cases.add("the specification's v1a", knownV1a, "ok", { secrets: [publicKey], ...then });
  const rotating = sent("standard", [SECRET, OLDER]);
  cases.add("a rotation, the receiver holds the older secret", rotating, "ok", { secrets: [OLDER] });
  cases.add("the receiver holds two, the second signed", good, "ok", { secrets: [OLDER, SECRET] });
  const toKey = sent("standard", [privateKey, SECRET]);
  cases.add("a rotation from a secret to a key, the receiver holds the secret", toKey, "ok");
  cases.add("the same, the receiver holds the key", toKey, "ok", { secrets: [publicKey] });
  cases.add("the same, the receiver holds both", toKey, "ok", { secrets: [publicKey, SECRET] });
  const others = (count: number) =>
    Array.from({ length: count }, (_, n) => `v1,${hmac(`${n}`, good.body, "base64")}`);
  cases.add("the signature last of 20", withSignature([...others(19), signature].join(" ")), "ok");
  cases.add(
    "the signature last of 21",
    withSignature([...others(20), signature].join(" ")),
    "header_malformed",
  );
  cases.add("unknown schemes beside it", withSignature(`v2,abc v0 ${signature} x`), "ok");
  cases.add("two blanks between signatures", withSignature(`v1,abc  ${signature}`), "ok");
  cases.add("an unknown scheme alone", withSignature(`v2,${base64}`), "header_malformed");
  cases.add("a signature without scheme", withSignature(base64), "header_malformed");
  cases.add("signatures separated by commas", withSignature(`v1,abc,${signature}`), "no_match");
  cases.add("an empty signature", withSignature("v1,"), "no_match");
  cases.add("a signature cut short", withSignature(signature.slice(0, -4)), "no_match");
  cases.add("the first character of a signature", withSignature(signature.slice(0, 4)), "no_match");
  cases.add("a signature made longer", withSignature(`${signature}AAAA`), "no_match");
  cases.add("a signature without padding", withSignature(signature.replace(/=+$/, "")), "no_match");
  cases.add(
    "a signature in hex",
    withSignature(`v1,${Buffer.from(base64, "base64").toString("hex")}`),
    "no_match",
  );
  cases.add("any signature of the right length", withSignature(`v1,${"A".repeat(43)}=`), "no_match");
  for (const odd of ["1e9", "+1712345690", "1712345690.5", "soon", "1_712_345_690", "1712345690123"]) {
    cases.add(`the time ${odd}`, signed(good.body, odd), "header_malformed");
  }
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
    cases.add(`no ${name}`, withHeader(name, null), "header_missing");
  }
  cases.add("an empty webhook-id", withHeader("webhook-id", ""), "header_missing");
  cases.add("another webhook-id", withHeader("webhook-id", "evt_other"), "no_match");
  cases.add("another time", withHeader("webhook-timestamp", String(SIGNED_AT + 1)), "no_match");
  cases.add("300 s old", good, "ok", { now: SIGNED_AT + 300 });
  cases.add("301 s old", good, "too_old", { now: SIGNED_AT + 301 });
  cases.add("300 s ahead", good, "ok", { now: SIGNED_AT - 300 });
  cases.add("301 s ahead", good, "too_new", { now: SIGNED_AT - 301 });
  cases.add("another secret", good, "no_match", { secrets: [OLDER] });
  const longest = Buffer.alloc(64, 7);
  cases.add("a secret of 64 bytes", signed(good.body, undefined, longest), "ok", {
    secrets: [`whsec_${longest.toString("base64")}`],
  });
  cases.add(
    "signed with the text of the secret",
    signed(good.body, undefined, Buffer.from(SECRET)),
    "no_match",
  );
  const kinds: [string, string][] = [
    ["a secret without its prefix", SECRET.slice("whsec_".length)],
    ["a secret without padding", SECRET.replace(/=+$/, "")],
    ["a secret with a character that is no base64", SECRET.replace("0", "!").replace("M", "!")],
    ["a secret that is its prefix alone", "whsec_"],
    ["a private key as the secret", privateKey],
    ["a public key of 3 bytes", "whpk_AAAA"],
    ["a secret with a line end", `${SECRET}\n`],
  ];
  for (const [name, secret] of kinds) cases.add(name, good, "wrong_secret_kind", { secrets: [secret] });
  cases.add("an empty secret", good, "secret_empty", { secrets: [""] });
  cases.add("no secret", good, "secret_empty", { secrets: [] });
  const withKey = sent("standard", [privateKey]);
  const v1a = String(withKey.headers["webhook-signature"]);
  const asKey = (value: string): Sent => ({
    ...withKey,
    headers: { ...withKey.headers, "webhook-signature": value },
  });
  const keyed = { secrets: [publicKey] };
  const publicBytes = Buffer.from(publicKey.slice("whpk_".length), "base64");
  const underPublicKey = hmac(publicBytes, bytes(`${id}.${SIGNED_AT}.`, withKey.body), "base64");
  cases.add("v1a, as it is sent", withKey, "ok", { ...keyed, event });
  cases.add("v1a, the receiver holds a secret", withKey, "no_match");
  cases.add("v1a, the body changed", { ...withKey, body: bytes(withKey.body, " ") }, "no_match", keyed);
  cases.add("HMAC under the public key", asKey(`v1,${underPublicKey}`), "no_match", keyed);
  cases.add("HMAC under the public key as v1a", asKey(`v1a,${underPublicKey}`), "no_match", keyed);
  cases.add("v1a, 63 bytes", asKey(`v1a,${Buffer.alloc(63).toString("base64")}`), "no_match", keyed);
  cases.add("v1a, zeros", asKey(`v1a,${Buffer.alloc(64).toString("base64")}`), "no_match", keyed);
  cases.add("v1a, empty", asKey("v1a,"), "no_match", keyed);
  cases.add("v1a, raised by the group's order", asKey(`v1a,${raised(v1a.slice(4))}`), "no_match", keyed);
  cases.add("v1a's signature as v1", asKey(`v1,${v1a.slice(4)}`), "no_match", keyed);
  for (const [name, body, expect, read] of BODIES) {
    cases.add(`${name}, rightly signed`, signed(body), expect, read === undefined ? {} : { event: read });
  }
  return cases.list;
}
