import type { NewEvent } from "../../domain/event.ts";
import type { AppendAnswer } from "../../domain/messages.ts";
import type { Appender } from "./appender.ts";
import type { Matcher } from "./matcher.ts";

/** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
export async function appendOperational(
  { appender, matcher }: { appender: Appender; matcher: Matcher },
  endpointId: string,
  event: NewEvent,
  epoch: number,
  nowMs: number,
): Promise<AppendAnswer> {
  const created = event.created ?? Math.floor(nowMs / 1000);
  const operational = { ...event, created, about: endpointId };
  const [matched] = (await matcher.match([operational], nowMs)) ?? [];
  const { endpoints = [], missed = [] } = matched?.match ?? {};
  if (endpoints.length + missed.length === 0) return { outcome: "accepted", events: [] };
  return appender.append({ events: [operational], epoch });
}
