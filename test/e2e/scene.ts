import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Json } from "./client.ts";
import { Endpoint, publishMany } from "./endpoint.ts";
import { Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

/** Where the tests of a `describe` take place: one service for all of them, the rest for each anew. */
export interface Scene {
  readonly service: Service;
  /** Answers with 200 until it is told otherwise. */
  readonly receiver: Receiver;
  /** An event type that no other test publishes. */
  readonly type: string;
  /** Makes an endpoint at the receiver, subscribed to the type. */
  create(settings?: Json): Promise<Endpoint>;
  /** Publishes so many events of the type; their ids in accept order. */
  publish(count: number): Promise<string[]>;
}

/**
 * Sets the scene for the tests of the `describe` that calls it, and clears it away after them.
 * @param name how their event types begin
 * @param settings those of the endpoints that it makes, where a test does not give its own
 * @param environment the service's
 */
export function setScene(name: string, settings: Json = {}, environment: Record<string, string> = {}): Scene {
  let service: Service;
  let receiver: Receiver;
  let tests = 0;
  const scene: Scene = {
    get service() {
      return service;
    },
    get receiver() {
      return receiver;
    },
    get type() {
      return `${name}.${tests}`;
    },
    create: (own) =>
      Endpoint.create(service.client, { url: receiver.url, types: [scene.type], ...settings, ...own }),
    publish: (count) => publishMany(service.client, scene.type, count),
  };

  beforeAll(async () => {
    service = await Service.start(environment);
  });

  afterAll(() => service.remove());

  beforeEach(async () => {
    tests++;
    receiver = await Receiver.start();
  });

  afterEach(() => receiver.stop());

  return scene;
}
