import type { Load } from "../load/publisher.ts";
import { loadAt } from "../section.ts";
import type { Service } from "../started-service.ts";
import { type Adapter, filled } from "./adapter.ts";

/** A server that is raced: this service, or another one by its adapter. */
export class Rival {
  readonly #adapter: Adapter;
  /** Of its process, where that is known. */
  readonly pid: number | null;
  #endpoints = 0;

  constructor(adapter: Adapter, pid: number | null = null) {
    this.#adapter = adapter;
    this.pid = pid;
  }

  /** This service, by its own API. */
  static of({ client, pid }: Service): Rival {
    const adapter: Adapter = {
      name: "this service",
      origin: client.url,
      headers: { authorization: `Bearer ${client.key}` },
      prepare: [],
      endpoint: { method: "POST", path: "/v1/endpoints", body: { url: "{url}", types: ["{type}"] } },
      publish: { path: "/v1/events", body: { type: "{type}", data: "{data}" } },
      receiverHost: "127.0.0.1",
    };
    return new Rival(adapter, pid);
  }

  get name(): string {
    return this.#adapter.name;
  }

  /** Where it calls receivers of this machine. */
  get receiverHost(): string {
    return this.#adapter.receiverHost;
  }

  async prepare(): Promise<void> {
    for (const { method, path, body } of this.#adapter.prepare) await this.#call(method, path, body);
  }

  /** Makes an endpoint for events of a type, at a port of this machine. */
  async endpoint(port: number, type: string): Promise<void> {
    const { endpoint, receiverHost } = this.#adapter;
    const number = String(++this.#endpoints);
    const values = { url: `http://${receiverHost}:${port}/`, type, number };
    await this.#call(endpoint.method, filled(endpoint.path, values), filled(endpoint.body, values));
  }

  /** A load of events of a type, 1 KB each: singles, as fast as 32 connections are answered where nothing else is given. */
  load(type: string, given: Partial<Load>): Load {
    const { headers, origin, publish } = this.#adapter;
    // What its places are is known only as it is sent.
    const text = JSON.stringify(publish.body).replaceAll('"{data}"', "{data}").replaceAll("{type}", type);
    return loadAt(origin, publish.path, { headers, template: text, ...given });
  }

  async #call(method: string, path: string, body: object): Promise<void> {
    const { headers, origin } = this.#adapter;
    const response = await fetch(origin + path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${this.name}: ${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
  }
}
