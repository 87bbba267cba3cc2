import { bytes, Cases, hmac, type Sent, SIGNED_AT, sent, type VectorCase } from "./case.ts";

const PATH = "/hooks/8f2a1c9e4b7d?campaign=7";

/** The cases of `voice`, whose URL is the secret. */
export function voiceCases(): VectorCase[] {
  const cases = new Cases("voice", [`https://example.com${PATH}`]);
  const good = sent("voice", [], '{"callId":"call_1"}');
  const event = { callId: "call_1" };
  cases.add("the URL as it was subscribed", good, "ok", { url: `https://example.com${PATH}`, event });
  cases.add("its path and query alone", good, "ok", { url: PATH, event });
  cases.add("the host that a proxy put there", good, "ok", { url: `http://10.0.0.7:8080${PATH}` });
  cases.add("the receiver holds the path", good, "ok", { url: PATH, secrets: [PATH] });
  cases.add("the receiver holds two", good, "ok", { url: PATH, secrets: ["/hooks/older-0123", PATH] });
  cases.add("another path", good, "no_match", { url: "/hooks/8f2a1c9e4b7e?campaign=7" });
  cases.add("a path cut short", good, "no_match", { url: PATH.slice(0, -1) });
  cases.add("another query", good, "no_match", { url: PATH.replace("7", "8") });
  cases.add("the path in capitals", good, "no_match", { url: PATH.toUpperCase() });
  cases.add("the host alone", good, "no_match", { url: "https://example.com/" });
  cases.add("no URL", good, "header_missing", { url: "" });
  cases.add("a secret without a path", good, "wrong_secret_kind", {
    url: "/",
    secrets: ["https://example.com/"],
  });
  cases.add("a secret that is no URL", good, "wrong_secret_kind", {
    url: PATH,
    secrets: ["whsec_0123456789"],
  });
  cases.add("an empty secret", good, "secret_empty", { url: PATH, secrets: [""] });
  const withBody = (text: string): Sent => ({ ...good, body: bytes(text) });
  cases.add("an object instead of a list", withBody('{"callId":"call_1"}'), "not_json", { url: PATH });
  cases.add("two events", withBody("[{},{}]"), "not_json", { url: PATH });
  cases.add("no event", withBody("[]"), "not_json", { url: PATH });
  cases.add("a list of null", withBody("[null]"), "not_json", { url: PATH });
  return cases.list;
}

/** The cases of `cloudevents`, which is signed as `standard`. */
export function cloudeventsCases(): VectorCase[] {
  const key = Buffer.from("0123456789abcdefghijklmnopqrstuv");
  const cases = new Cases("cloudevents", [`whsec_${key.toString("base64")}`]);
  const signed = (body: Uint8Array, headers: Record<string, string>, id = "evt_1"): Sent => ({
    headers: {
      ...headers,
      "webhook-id": id,
      "webhook-timestamp": String(SIGNED_AT),
      "webhook-signature": `v1,${hmac(key, bytes(`${id}.${SIGNED_AT}.`, body), "base64")}`,
    },
    body,
  });
  const attributes = { specversion: "1.0", id: "evt_1", source: "/workspaces/ws_1", type: "deal.created" };
  const whole = { ...attributes, time: "2024-04-05T19:34:38Z", data: { name: "Zoë" } };
  const structured = signed(bytes(JSON.stringify(whole)), { "Content-Type": "application/cloudevents+json" });
  cases.add("structured", structured, "ok", { event: whole });
  const inHeaders = {
    ...{ "Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": "evt_1" },
    ...{
      "Ce-Source": "/workspaces/ws_1",
      "Ce-Type": "deal.created",
      "Ce-Subject": "Zo%C3%AB%20%F0%9F%9C%81",
    },
  };
  const data = bytes('{"value":1}');
  cases.add("binary", signed(data, inHeaders), "ok", {
    event: { ...attributes, subject: "Zoë 🜁", data: { value: 1 } },
  });
  cases.add(
    "binary, another event's headers",
    signed(data, { ...inHeaders, "Ce-Id": "evt_2" }),
    "header_malformed",
  );
  const { "Ce-Type": _type, ...untyped } = inHeaders;
  cases.add("binary, without a type", signed(data, untyped), "header_missing");
  cases.add(
    "binary, a header that is not percent-encoded",
    signed(data, { ...inHeaders, "Ce-Subject": "100%" }),
    "header_malformed",
  );
  cases.add(
    "binary, the data changed",
    { ...signed(data, inHeaders), body: bytes('{"value":2}') },
    "no_match",
  );
  cases.add("structured, 301 s old", structured, "too_old", { now: SIGNED_AT + 301 });
  cases.add("structured, no signature", { ...structured, headers: {} }, "header_missing");
  return cases.list;
}
