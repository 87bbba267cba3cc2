import { parsedObject, type RawBody } from "../verify/body.ts";
import { type HeaderSource, headerOf, refuseMalformed, requiredHeader } from "../verify/headers.ts";
import type { Webhooks } from "../verify/webhooks.ts";
import { standardWith } from "./standard.ts";

/** A CloudEvent 1.0, from either mode of its HTTP binding. */
export interface CloudEvent<Type extends string = string, Data = Record<string, unknown>> {
  specversion: string;
  id: string;
  source: string;
  type: Type;
  /** RFC 3339. */
  time?: string;
  subject?: string;
  datacontenttype?: string;
  data: Data;
}

const REQUIRED = ["specversion", "id", "source", "type"] as const;
const OPTIONAL = ["time", "subject"] as const;

/** The event, from the body alone or, in binary mode, from the `Ce-` headers and the body. */
export function cloudEvent(body: RawBody, headers: HeaderSource): CloudEvent {
  const content = parsedObject(body);
  if (headerOf(headers, "ce-specversion") === null) return content as unknown as CloudEvent;
  const event: Record<string, unknown> = {};
  for (const name of REQUIRED) event[name] = decoded(name, requiredHeader(headers, `ce-${name}`));
  // Only the id and the body are signed; another event's headers must not be taken for this one's.
  if (event.id !== decoded("webhook-id", requiredHeader(headers, "webhook-id")))
    refuseMalformed("ce-id", "that of webhook-id");
  for (const name of OPTIONAL) {
    const value = headerOf(headers, `ce-${name}`);
    if (value !== null) event[name] = decoded(name, value);
  }
  return { ...event, data: content } as unknown as CloudEvent;
}

/** The binding writes what is no visible ASCII as percent-encoded UTF-8. */
function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    refuseMalformed(name, "percent-encoded");
  }
}

/**
 * CloudEvents 1.0, signed by the headers of Standard Webhooks. In binary mode these sign the id and the data, not the
 * other `Ce-` headers.
 */
export const cloudevents: { readonly webhooks: Webhooks<HeaderSource, CloudEvent> } = {
  webhooks: standardWith(null, cloudEvent),
};
