import type { OutgoingDelivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import { topLevelMembers } from "../domain/raw-json.ts";
import { verdictOnHeader } from "../domain/received-request.ts";
import { randomUuid } from "../domain/surroundings.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { jsonRequest, reserved } from "./request.ts";
import { hmacHex } from "./signature.ts";

/** Customer-engagement cards. The receiver finds the event's own members inside `data`. */
export const atomic: Dialect = {
  defaults: {
    // From 5 s, doubled, at most 30 min, as long as they fit in 4 h: 16 attempts.
    retry: {
      delays: [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800, 1800, 1800, 1800],
      jitter: 0.1,
    },
    disableAfterFailures: 23,
  },
  secret: { presence: "generated", oneSignature: true, generate: randomUuid, problem },
  options: {},
  build,
  verdict: ({ headers, body }, secret) =>
    verdictOnHeader(headers["x-atomic-signature"], hmacHex(secret, body)),
  reservedHeaders: reserved("X-Atomic-Signature"),
};

function build(delivery: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  const { event, workspaceId, endpointId, attemptId } = delivery;
  const envelope = JSON.stringify({
    requestId: attemptId,
    environmentId: workspaceId,
    webhookId: endpointId,
    isBatched: false,
  });
  const body = `${envelope.slice(0, -1)},"data":${completedData(event)}}`;
  const [secret] = signing.secrets;
  return jsonRequest(body, secret === undefined ? {} : { "X-Atomic-Signature": hmacHex(secret, body) });
}

/**
 * The publisher's object with the members that the contract asks for put in front, where the publisher did not send
 * them. What the publisher sent stays as it is, to the byte: from its first member on nothing is touched.
 */
export function completedData(event: Event): string {
  const sent = topLevelMembers(event.data);
  const missing: Record<string, string | undefined> = {
    id: event.id,
    analyticsEvent: event.type,
    endUserId: event.context.endUserId,
    timestamp: new Date(event.created * 1000).toISOString(),
  };
  for (const { key } of sent) if (Object.hasOwn(missing, key)) delete missing[key];
  const added = JSON.stringify(missing).slice(1, -1);
  const separator = added !== "" && sent.length > 0 ? "," : "";
  return `{${added}${separator}${event.data.slice(event.data.indexOf("{") + 1)}`;
}

function problem(secret: string): string | null {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(secret) ? null : "must be a UUID";
}
