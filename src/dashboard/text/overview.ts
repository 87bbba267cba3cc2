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
  firstLead:
    "Nothing was sent yet. Three steps show you a delivery, without code of your own. It takes about a minute.",
  leaveWalk: "Go to the overview",
  isDone: "(done)",
  stepInbox: "Open an inbox",
  stepInboxMeans: "A URL of this service that keeps what arrives for 24 hours.",
  openInbox: "Open inbox",
  ownUrl: "I have a URL of my own",
  stepEndpoint: "Make an endpoint for it",
  stepEndpointMeans:
    "It takes every event type and signs with a secret of its own. You can change all of that later.",
  endpointName: "Inbox",
  url: "URL",
  allSettings: "All settings",
  stepEvent: "Send an event",
  stepEventMeans: (type: string) =>
    `We send ${type} with its sample. You see the request, the signature check and the answer, live.`,
  onItsWay: "It is on its way.",
  openDelivery: "Open delivery",
  seeRequest: "See what arrived",
  start: "Getting started",
  code: "From your own code",
  codeMeans: "The same with one request. 202 means that the event is stored.",
  publish: "Publish",
};
