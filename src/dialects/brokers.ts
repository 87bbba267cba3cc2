import type { OutgoingDelivery } from "../domain/delivery.ts";
import { verdictOnHeader } from "../domain/received-request.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { jsonRequest, reserved } from "./request.ts";
import { newSecret } from "./secret.ts";
import { hmacHex } from "./signature.ts";

/** Insurance brokerage. One attempt; signed over the body alone, and only where the user has set a secret. */
export const brokers: Dialect = {
  defaults: { retry: { delays: [], jitter: 0 }, disableAfterFailures: null },
  // The user's own choice of words is their secret, so its length is theirs too.
  secret: { presence: "optional", oneSignature: true, generate: newSecret, problem },
  options: {},
  build,
  verdict: ({ headers, body }, secret) => verdictOnHeader(headers["x-webhook-secret"], hmacHex(secret, body)),
  reservedHeaders: reserved("X-Webhook-Secret"),
};

function build({ event, firedAt, workspaceId }: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  // Receivers deduplicate by `timestamp`: it is the delivery's own, the same in every attempt and replay.
  const timestamp = new Date(firedAt).toISOString();
  const envelope = JSON.stringify({ event: event.type, timestamp, workspaceId });
  const body = `${envelope.slice(0, -1)},"data":${event.data}}`;
  const [secret] = signing.secrets;
  return jsonRequest(body, secret === undefined ? {} : { "X-Webhook-Secret": hmacHex(secret, body) });
}

function problem(secret: string): string | null {
  if (!secret.isWellFormed()) return "must be text that UTF-8 can encode";
  return secret.length >= 1 && secret.length <= 256 ? null : "must be 1 to 256 characters";
}
