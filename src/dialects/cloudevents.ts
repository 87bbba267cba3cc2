import type { OutgoingDelivery } from "../domain/delivery.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { jsonRequest, reserved } from "./request.ts";
import { STANDARD_HEADERS, standard, standardHeaders } from "./standard.ts";

/** CloudEvents 1.0 over HTTP, signed by the headers of Standard Webhooks. */
export const cloudevents: Dialect = {
  ...standard,
  options: {
    // Structured first: there the signature covers every attribute, in binary mode the id and the data alone.
    mode: ["structured", "binary"],
    source: sourceProblem,
  },
  build,
  reservedHeaders: reserved(
    ...STANDARD_HEADERS,
    "ce-specversion",
    "ce-id",
    "ce-source",
    "ce-type",
    "ce-time",
    "ce-subject",
  ),
};

function build(delivery: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  const { event } = delivery;
  const attributes = attributesOf(delivery, signing.options.source);
  const signed = (body: string) => standardHeaders(event.id, body, signing);
  if (signing.options.mode === "binary") {
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncoded(value)]);
    return jsonRequest(event.data, { ...Object.fromEntries(headers), ...signed(event.data) });
  }
  const envelope = JSON.stringify({ ...attributes, datacontenttype: "application/json" });
  const body = `${envelope.slice(0, -1)},"data":${event.data}}`;
  return jsonRequest(body, {
    "Content-Type": "application/cloudevents+json; charset=utf-8",
    ...signed(body),
  });
}

/** The context attributes but `datacontenttype`, which binary mode writes as the content type. */
function attributesOf({ event, workspaceId }: OutgoingDelivery, source: string | undefined) {
  const { subject } = event.context;
  return {
    specversion: "1.0",
    id: event.id,
    source: source ?? `/workspaces/${workspaceId}`,
    type: event.type,
    time: new Date(event.created * 1000).toISOString(),
    ...(subject !== undefined && isAttribute(subject) ? { subject } : {}),
  };
}

/** What a String attribute may hold: no control characters, no half of a surrogate pair, and something. */
function isAttribute(text: string): boolean {
  return text.isWellFormed() && /^[^\p{Cc}]+$/u.test(text);
}

/** A URI-reference is written with the characters of RFC 3986 alone. */
function sourceProblem(source: string): string | null {
  const isReference = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/.test(source);
  return isReference ? null : "must be a URI reference, as /shop or https://example.com/shop (RFC 3986, 4.1)";
}
