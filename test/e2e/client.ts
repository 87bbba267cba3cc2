import { expect } from "vitest";

/** An answer of the API. */
export interface ApiAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
  /** The body as it came. */
  text: string;
}

/** A JSON object of the API, read by tests that know its fields. */
export type Json = Record<string, unknown>;

/** The API as somebody with a key uses it. */
export class Client {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  async request<Body = Json>(
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json", ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    }).catch((error: unknown) => {
      // "fetch failed" alone tells nobody what did.
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new Error(`${method} ${path} got no answer: ${cause}`, { cause: error });
    });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : null) as Body,
    };
  }

  /** The body of a GET that must succeed. */
  async get<Body = Json>(path: string): Promise<Body> {
    const answer = await this.request<Body>("GET", path);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  }

  /** Makes an endpoint; returns its id and secret. */
  async createEndpoint(settings: Json): Promise<{ id: string; secret: string }> {
    const answer = await this.request<{ id: string; secret: string }>("POST", "/v1/endpoints", settings);
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  }

  /** Publishes an event; `body` as text keeps its bytes. Returns its id. */
  async publish(body: object | string): Promise<string> {
    const answer = await this.request<{ id: string }>("POST", "/v1/events", body);
    expect(answer.status, answer.text).toBe(202);
    return answer.body.id;
  }
}
