import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";
import worker from "../../src/worker.ts";

/** The token that vitest.config.ts gives the Worker. */
export const OPERATOR = "test-operator-token";

/** What JSON may hold; a test looks into it as it expects it to be. */
// biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what the test is about
export type Answer = { status: number; headers: Headers; text: string; body: any };

export interface RequestOptions {
  key?: string;
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  /** Another environment, as one whose objects do not answer. */
  env?: Partial<Env>;
}

/** One request to the Worker. */
export async function call(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { key, body } = options;
  const request = new Request(`https://atlas.test${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return answerTo(request, options.env);
}

/** The Worker's answer to a request of any kind. */
export async function answerTo(request: Request, environment: Partial<Env> = {}): Promise<Answer> {
  // Without built files: those that lie here may be older than the source.
  const bindings = { ...env, ASSETS: undefined, ...environment };
  const response = await worker.fetch(request, bindings, createExecutionContext());
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

export interface Workspace {
  id: string;
  key: string;
}

/** All contracts that have event types. */
const CATALOG = ["atlas", "voice", "brokers", "atomic", "support"];

/** A new workspace with its admin key, and with the event types of all contracts unless told otherwise. */
export async function newWorkspace(catalog: readonly string[] = CATALOG): Promise<Workspace> {
  const { body } = await call("POST", "/v1/workspaces", { key: OPERATOR, body: { name: "test", catalog } });
  return { id: body.id, key: body.key };
}

/** A new key of a role in a workspace. */
export async function newKey(workspace: Workspace, role: string): Promise<string> {
  const body = { name: role, role, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
  const answer = await call("POST", "/v1/keys", { key: workspace.key, body });
  return answer.body.key;
}

/** A new endpoint, disabled unless told otherwise: these tests have no receiver. */
export async function newEndpoint(workspace: Workspace, body: object = {}): Promise<Answer["body"]> {
  const given = { url: "https://receiver.example/hook", status: "disabled", ...body };
  const answer = await call("POST", "/v1/endpoints", { key: workspace.key, body: given });
  if (answer.status !== 201) throw new Error(`no endpoint: ${answer.text}`);
  return answer.body;
}

/** A namespace of objects of which every method fails, as when they cannot be reached. */
export function unreachable<Namespace>(): Namespace {
  const stub = new Proxy({}, { get: () => () => Promise.reject(new Error("the object is not there")) });
  return { getByName: () => stub } as Namespace;
}

/** The paths that a 422 names, in order. */
export function badFields(answer: Answer): string[] {
  return (answer.body.errors ?? []).map((error: { path: string }) => error.path).sort();
}
