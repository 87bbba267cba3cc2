import { bytes, Cases, hmac, type Sent, SIGNED_AT, sent, type VectorCase } from "./case.ts";

const DAY_LATER = { now: SIGNED_AT + 86_400 };

/** The cases of the two dialects whose one header signs the body alone. */
function bodySignedCases(dialect: string, header: string, secret: string, other: string): Cases {
  const cases = new Cases(dialect, [secret]);
  const good = sent(dialect, [secret]);
  const signature = String(good.headers[header]);
  const withSignature = (value: string): Sent => ({ ...good, headers: { ...good.headers, [header]: value } });
  cases.add("as it is sent", good, "ok", { event: JSON.parse(bytes(good.body).toString()) });
  cases.add("a day later: no time is signed", good, "ok", DAY_LATER);
  cases.add("the receiver holds two, the second signed", good, "ok", { secrets: [other, secret] });
  cases.add("another secret", good, "no_match", { secrets: [other] });
  cases.add("a signature cut short", withSignature(signature.slice(0, -2)), "no_match");
  cases.add("a signature made longer", withSignature(`${signature}00`), "no_match");
  cases.add("upper-case hex", withSignature(signature.toUpperCase()), "no_match");
  cases.add("sha256= in front of it", withSignature(`sha256=${signature}`), "no_match");
  cases.add("two signatures", withSignature(`${signature},${signature}`), "no_match");
  cases.add("base64 instead of hex", withSignature(hmac(secret, good.body, "base64")), "no_match");
  cases.add("signed with an empty key", withSignature(hmac("", good.body)), "no_match");
  cases.add("the secret itself as the signature", withSignature(secret), "no_match");
  cases.add("a body changed by a blank", { ...good, body: bytes(good.body, " ") }, "no_match");
  cases.add("an empty header", withSignature(""), "header_missing");
  cases.add("no header", { ...good, headers: {} }, "header_missing");
  cases.add("an empty secret", withSignature(hmac("", good.body)), "secret_empty", { secrets: [""] });
  const list = bytes("[]");
  cases.add("a list, rightly signed", { headers: { [header]: hmac(secret, list) }, body: list }, "not_json");
  return cases;
}

/** The cases of `brokers`. */
export function brokersCases(): VectorCase[] {
  const cases = bodySignedCases("brokers", "X-Webhook-Secret", "my own words — ça va", "other words");
  const unsigned = sent("brokers", []);
  cases.add("an endpoint without a secret", unsigned, "header_missing");
  return cases.list;
}

/** The cases of `atomic`. */
export function atomicCases(): VectorCase[] {
  const [secret, other] = ["0b9f6a3e-7c1d-4e52-9a68-2f4d5c6b7a89", "1c9f6a3e-7c1d-4e52-9a68-2f4d5c6b7a89"];
  const cases = bodySignedCases("atomic", "X-Atomic-Signature", secret, other);
  const good = sent("atomic", [secret]);
  cases.add("a secret of another dialect", good, "wrong_secret_kind", {
    secrets: ["whsec_current-0123456789"],
  });
  cases.add("a UUID without dashes", good, "wrong_secret_kind", { secrets: [secret.replaceAll("-", "")] });
  return cases.list;
}

/** The cases of `support`. */
export function supportCases(): VectorCase[] {
  const secret = "whsec_support-0123456789";
  const cases = new Cases("support", [secret]);
  const data = '{"id":"note_1","text":"Zoë 🜁"}';
  const good = sent("support", [secret], data, {}, SIGNED_AT * 1000 + 250);
  const [name, stamp, later] = [
    "X-Atlas-Webhook-Signature",
    "X-Atlas-Webhook-Signature-Timestamp",
    "X-Atlas-Webhook-Timestamp",
  ] as const;
  const { [stamp]: time = "", ...withoutStamp } = good.headers;
  const changed = (headers: Record<string, string>): Sent => ({
    ...good,
    headers: { ...good.headers, ...headers },
  });
  const signed = (body: Uint8Array, at = `${SIGNED_AT}.0`): Sent => ({
    headers: { [name]: hmac(secret, bytes(`${at}.`, body)), [stamp]: at, [later]: at },
    body,
  });
  const event = { event: "deal.created", data: JSON.parse(data) };
  cases.add("hex, as it is sent", good, "ok", { event });
  const base64 = sent("support", [secret], data, { signature_encoding: "base64" });
  cases.add("base64, as it is sent", base64, "ok", { event });
  cases.add("a whole second", signed(good.body), "ok");
  cases.add("a time without a point", signed(good.body, String(SIGNED_AT)), "ok");
  cases.add("the later revision's header of the time alone", { ...good, headers: withoutStamp }, "ok");
  const { [later]: _later, ...untimed } = withoutStamp;
  cases.add("no header of the time", { ...good, headers: untimed }, "header_missing");
  cases.add("no signature", changed({ [name]: "" }), "header_missing");
  cases.add("the time printed anew", changed({ [stamp]: `${time}0` }), "no_match");
  for (const odd of ["1.7e9", "nan", "inf", "-1.0", "1712345690.", ".5", "1,712,345,690.0"]) {
    cases.add(`the time ${odd}`, signed(good.body, odd), "header_malformed");
  }
  cases.add("300 s old", good, "ok", { now: SIGNED_AT + 300 });
  cases.add("301 s old", good, "too_old", { now: SIGNED_AT + 301 });
  cases.add("300 s ahead", good, "ok", { now: SIGNED_AT - 300 });
  cases.add("301 s ahead", good, "too_new", { now: SIGNED_AT - 301 });
  cases.add("the receiver holds two, the second signed", good, "ok", {
    secrets: ["whsec_other-0123456789", secret],
  });
  cases.add("another secret", good, "no_match", { secrets: ["whsec_other-0123456789"] });
  cases.add(
    "signed without the point between time and body",
    changed({ [name]: hmac(secret, bytes(time, good.body)) }),
    "no_match",
  );
  cases.add(
    "a signature cut short",
    changed({ [name]: String(good.headers[name]).slice(0, -1) }),
    "no_match",
  );
  cases.add("upper-case hex", changed({ [name]: String(good.headers[name]).toUpperCase() }), "no_match");
  const bare = String(base64.headers[name]).replace(/=+$/, "");
  cases.add(
    "base64 without padding",
    { ...base64, headers: { ...base64.headers, [name]: bare } },
    "no_match",
  );
  cases.add("an empty secret", good, "secret_empty", { secrets: [""] });
  cases.add("a private key as the secret", good, "wrong_secret_kind", { secrets: ["whsk_AAAA"] });
  cases.add("data that is no string", signed(bytes('{"event":"a","data":{}}')), "not_json");
  cases.add("data whose text is no JSON", signed(bytes('{"event":"a","data":"x"}')), "not_json");
  cases.add("data whose text is no object", signed(bytes('{"event":"a","data":"[1]"}')), "not_json");
  return cases.list;
}
