import { BODIES, bytes, Cases, hmac, type Sent, SIGNED_AT, sent, type VectorCase } from "./case.ts";

const SECRET = "whsec_current-0123456789";
const OLDER = "whsec_older-9876543210abc";

/** The cases of `atlas`. */
export function atlasCases(): VectorCase[] {
  const cases = new Cases("atlas", [SECRET]);
  const good = sent("atlas", [SECRET]);
  const signature = String(good.headers["Atlas-Signature"]);
  const v1 = signature.slice(signature.indexOf("v1="));
  const t = `t=${SIGNED_AT}`;
  const withSignature = (value: string): Sent => ({
    ...good,
    headers: { ...good.headers, "Atlas-Signature": value },
  });
  const signed = (body: Uint8Array, time = String(SIGNED_AT), key: string | Uint8Array = SECRET): Sent => ({
    headers: { "Atlas-Signature": `t=${time},v1=${hmac(key, bytes(`${time}.`, body))}` },
    body,
  });
  const event = JSON.parse(bytes(good.body).toString());

  cases.add("as it is sent", good, "ok", { event });
  const lower = Object.entries(good.headers).map(([name, value]) => [name.toLowerCase(), value]);
  cases.add("names of headers in lower case", { ...good, headers: Object.fromEntries(lower) }, "ok");
  const rotating = sent("atlas", [SECRET, OLDER]);
  cases.add("a rotation, the receiver holds the older secret", rotating, "ok", { secrets: [OLDER] });
  cases.add("a rotation, the receiver holds the newer one", rotating, "ok");
  cases.add("the receiver holds two, the second signed", good, "ok", { secrets: [OLDER, SECRET] });
  cases.add("the receiver holds two, none signed", good, "no_match", {
    secrets: [OLDER, "whsec_third-0123456789"],
  });
  const others = (count: number) => Array.from({ length: count }, (_, n) => `v1=${hmac(`${n}`, good.body)}`);
  cases.add("the signature last of 20", withSignature([t, ...others(19), v1].join()), "ok");
  cases.add("the signature last of 21", withSignature([t, ...others(20), v1].join()), "header_malformed");
  cases.add("unknown schemes beside it", withSignature(`${t},v0=abc,v2=${"0".repeat(64)},${v1}`), "ok");
  cases.add("the time last", withSignature(`${v1},${t}`), "ok");
  cases.add("blanks after the commas", withSignature(`${t}, ${v1}`), "ok");
  cases.add("an unknown scheme alone", withSignature(`${t},v0=${v1.slice(3)}`), "header_malformed");
  cases.add("an empty signature", withSignature(`${t},v1=`), "no_match");
  cases.add("a signature cut short", withSignature(`${t},${v1.slice(0, -1)}`), "no_match");
  cases.add("the first character of a signature", withSignature(`${t},${v1.slice(0, 4)}`), "no_match");
  cases.add("a signature made longer", withSignature(`${t},${v1}0`), "no_match");
  cases.add("upper-case hex", withSignature(`${t},v1=${v1.slice(3).toUpperCase()}`), "no_match");
  cases.add("two times", withSignature(`t=1,${t},${v1}`), "header_malformed");
  cases.add("the same time twice", withSignature(`${t},${t},${v1}`), "header_malformed");
  cases.add("no time", withSignature(v1), "header_malformed");
  cases.add("no signature", withSignature(t), "header_malformed");
  cases.add("a part without =", withSignature(`${t},${v1},v1`), "header_malformed");
  cases.add("an empty part", withSignature(`${t},${v1},`), "header_malformed");
  cases.add("another header's text", withSignature("Bearer abc"), "header_malformed");
  for (const odd of [
    "",
    "1e9",
    "+1712345690",
    "-1",
    "1712345690.0",
    "0x660ffdda",
    "1_712_345_690",
    "1712345690123",
  ]) {
    cases.add(`the time ${odd === "" ? "empty" : odd}`, signed(good.body, odd), "header_malformed");
  }
  cases.add("no header", { ...good, headers: {} }, "header_missing");
  cases.add("an empty header", withSignature(""), "header_missing");
  cases.add("300 s old", good, "ok", { now: SIGNED_AT + 300 });
  cases.add("301 s old", good, "too_old", { now: SIGNED_AT + 301 });
  cases.add("300 s ahead", good, "ok", { now: SIGNED_AT - 300 });
  cases.add("301 s ahead", good, "too_new", { now: SIGNED_AT - 301 });
  cases.add("a day old, within the tolerance", good, "ok", {
    ...{ now: SIGNED_AT + 86_400, tolerance_seconds: 86_400 },
  });
  cases.add("1 s old, without tolerance", good, "too_old", { now: SIGNED_AT + 1, tolerance_seconds: 0 });
  cases.add("a time without a signature of it", withSignature(`t=${SIGNED_AT + 300},${v1}`), "no_match", {
    now: SIGNED_AT + 600,
  });
  const text = bytes(good.body).toString();
  cases.add(
    "a body changed by a digit",
    { ...good, body: bytes(text.replace("48000", "48001")) },
    "no_match",
  );
  cases.add(
    "a body that was parsed and written again",
    { ...good, body: bytes(JSON.stringify(event, null, 1)) },
    "no_match",
  );
  cases.add("a line end after the body", { ...good, body: bytes(text, "\n") }, "no_match");
  cases.add("a byte order mark before the body", { ...good, body: bytes("\ufeff", text) }, "no_match");
  const crlf = signed(bytes('{\r\n"a":1\r\n}'));
  cases.add("CRLF that became LF", { ...crlf, body: bytes('{\n"a":1\n}') }, "no_match");
  cases.add("another secret", good, "no_match", { secrets: [OLDER] });
  cases.add("signed with an empty key", signed(good.body, undefined, ""), "no_match");
  cases.add(
    "signed with the base64 part, decoded",
    signed(good.body, undefined, Buffer.from(SECRET.slice(6), "base64")),
    "no_match",
  );
  cases.add(
    "the body signed without its time",
    withSignature(`${t},v1=${hmac(SECRET, good.body)}`),
    "no_match",
  );
  const content = bytes(`${SIGNED_AT}.`, good.body);
  cases.add("HMAC-SHA512", withSignature(`${t},v1=${hmac(SECRET, content, "hex", "sha512")}`), "no_match");
  cases.add("base64 instead of hex", withSignature(`${t},v1=${hmac(SECRET, content, "base64")}`), "no_match");
  cases.add("an empty secret", signed(good.body, undefined, ""), "secret_empty", { secrets: [""] });
  cases.add("a secret of blanks", signed(good.body, undefined, " "), "secret_empty", { secrets: [" "] });
  cases.add("no secret", good, "secret_empty", { secrets: [] });
  cases.add("an empty secret beside the right one", good, "secret_empty", { secrets: [SECRET, ""] });
  cases.add("a public key as the secret", good, "wrong_secret_kind", {
    secrets: ["whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="],
  });
  cases.add("an API key as the secret", good, "wrong_secret_kind", { secrets: ["ak_0123456789abcdef"] });
  cases.add("a secret with a line end", good, "wrong_secret_kind", { secrets: [`${SECRET}\n`] });
  for (const [name, body, expect, read] of BODIES) {
    cases.add(`${name}, rightly signed`, signed(body), expect, read === undefined ? {} : { event: read });
  }
  return cases.list;
}
