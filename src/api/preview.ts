import { endpointPreview, newestPreview, newestPreviewAnswer, previewAnswer } from "../contract/endpoint.ts";
import { NO_CONDITIONS } from "../contract/endpoint-fields.ts";
import { checked } from "../contract/field-errors.ts";
import { invalid } from "../errors.ts";
import { EVENT_BYTES, eventIn, readEvent } from "../events/new-event.ts";
import { nonMatch } from "../filter/subscription.ts";
import { SETTINGS_BYTES } from "../http/body.ts";
import { newApi } from "../http/context.ts";
import { parseObject } from "../http/json-object.ts";
import { tryNewest } from "../logs/reading.ts";
import { platform } from "../platform.ts";
import { eventSummaryBody } from "../rendering/events.ts";
import { addRoute } from "./routes.ts";

/** Whether an endpoint's conditions would take an event, before either exists. */
export const previewRoutes = newApi();

addRoute(
  previewRoutes,
  {
    method: "post",
    path: "/v1/endpoints/preview",
    operationId: "previewEndpoint",
    tag: "Endpoints",
    summary: "Try an endpoint's conditions on an event",
    description:
      "Stores and sends nothing. Tells the first condition that does not hold; absent ones are a new endpoint's.",
    access: "endpoints:read",
    body: endpointPreview,
    bodyBytes: EVENT_BYTES + SETTINGS_BYTES,
    status: 200,
    answer: previewAnswer,
  },
  async ({ caller, text: sent }) => {
    const text = await sent();
    const value = parseObject(text, "event");
    const { event: _, ...conditions } = checked(endpointPreview, value);
    // From the text, as when it is published: integers keep their digits.
    const { start, end } = eventIn(text);
    const read = readEvent(text.slice(start, end), ["event"], caller.apiVersion);
    if ("errors" in read) throw invalid(read.errors);
    const created = read.event.created ?? Math.floor(platform.nowMs() / 1000);
    const reason = nonMatch({ ...NO_CONDITIONS, ...conditions }, { ...read.event, created });
    return { matches: reason === null, reason };
  },
);

addRoute(
  previewRoutes,
  {
    method: "post",
    path: "/v1/events/preview",
    operationId: "previewNewestEvents",
    tag: "Events",
    summary: "Try an endpoint's conditions on the newest events",
    description:
      "How many of the newest events an endpoint with these conditions would get, and why not the others. Stores and sends nothing. Tries fewer events once it has read 4 MiB of data.",
    access: "events:read",
    body: newestPreview,
    status: 200,
    answer: newestPreviewAnswer,
  },
  async ({ env, caller, body }) => {
    const { limit, ...conditions } = await body();
    const subscription = { ...NO_CONDITIONS, ...conditions };
    const tried = await tryNewest(env, caller.workspaceId, { subscription, limit });
    return {
      taken: tried.filter(({ reason }) => reason === null).length,
      tried: tried.length,
      events: tried.map(({ event, excerpt, reason }) => ({
        ...eventSummaryBody(event),
        ...{ excerpt, matches: reason === null, reason },
      })),
    };
  },
);
