import type { Environment } from "../src/local/settings.ts";
import type { Child } from "./child.ts";
import type { Figure } from "./figure.ts";
import type { Load, PublisherAnswers } from "./load/publisher.ts";
import type { ReceiverAnswers } from "./receive/receiver.ts";
import type { Service } from "./started-service.ts";

/** How long and how much a section measures. */
export type Size = "quick" | "default" | "full";

/** What every section is given: the processes around the service, shared by all of them. */
export interface Bench {
  size: Size;
  /** A folder that is removed at the end. */
  scratch: string;
  publisher: Child<PublisherAnswers>;
  /** For a load beside the first one, so that neither paces the other. */
  secondPublisher: Child<PublisherAnswers>;
  receiver: Child<ReceiverAnswers>;
  /** Starts the service; it is stopped when `use` ends. */
  withService<T>(use: (service: Service) => Promise<T>, options?: ServiceOptions): Promise<T>;
  /** What a reader wants to know of the run but the table does not hold. */
  note(text: string): void;
}

export interface ServiceOptions {
  /** What `npm start` takes from its environment. */
  settings?: Environment;
  /** What its processes are started with beside this one's environment. */
  environment?: Record<string, string>;
}

export type Section = (bench: Bench) => Promise<Figure[]>;

/** A load of 1 KB events on the service; what is not named is: singles, as fast as 32 connections are answered. */
export function loadOn(service: Service, given: Partial<Load>): Load {
  const path = given.batch ? "/v1/events/batch" : "/v1/events";
  return { ...PLAIN_LOAD, origin: service.client.url, key: service.client.key, path, ...given };
}

/** The same on another server. */
export function loadAt(url: string, path: string, given: Partial<Load>): Load {
  return { ...PLAIN_LOAD, origin: url, path, ...given };
}

const PLAIN_LOAD = {
  key: "",
  headers: {},
  template: null,
  connections: 32,
  ratePerSecond: null,
  durationMs: null,
  events: null,
  type: "deal.created",
  types: null,
  dataBytes: 1024,
  batch: null,
  firstNumber: 0,
};
