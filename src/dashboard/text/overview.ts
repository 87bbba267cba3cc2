import { countText, numberText } from "./format.ts";

export const overview = {
  title: "Overview",
  attention: "Needs attention",
  attentionOf: (count: number, all: number) => `${numberText(count)} of ${countText(all, "endpoint")}`,
  calm: "Nothing needs somebody. Every endpoint is enabled and delivers.",
  failing: (dead: number) =>
    `${countText(dead, "delivery", "deliveries")} used up all attempts within 24 hours.`,
  onlyFailing: (count: number) =>
    `No delivery of the last 24 hours arrived; ${numberText(count)} are being retried.`,
  waiting: (count: number) => `${countText(count, "delivery", "deliveries")} wait.`,
  disabled: "New events are missed until it is enabled.",
  paused: "Nothing is sent until it is resumed.",
  openOrder: "Open order",
  seeDead: "See dead letters",
  enable: "Open endpoint",
  replayMissed: "Replay missed",
  health: "Health",
  busiest: (count: number) => `of the ${count} first endpoints`,
  latest: "Latest dead letters",
  all: "All deliveries",
  columns: { type: "Type", endpoint: "Endpoint", what: "What happened", age: "Age" },
  noneDead: "No delivery of the last 30 days is dead.",
  firstLead: "Nothing was sent yet. Three steps show you a delivery. It takes about a minute.",
  stepEndpoint: "Make an endpoint",
  stepEndpointMeans:
    "A URL with its rules. It takes every event type and signs with a secret of its own, unless you say otherwise.",
  stepEvent: "Send an event",
  stepEventMeans: "From your own code, or from the page Events with a sample of its type.",
  stepSee: "See the delivery",
  stepSeeMeans: "The request as it was sent, the answer, and what comes next, live.",
  start: "Getting started",
  code: "From your own code",
  codeMeans: "The same with one request. 202 means that the event is stored.",
  publish: "Publish",
};
