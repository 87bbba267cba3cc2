import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { loadEndpointConfig } from "../../src/d1/endpoint-config.ts";
import type { EndpointConfig } from "../../src/domain/endpoint.ts";
import type { HandOver } from "../../src/domain/messages.ts";
import { readMeta } from "../../src/storage/schema.ts";
import { type Answer, call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

/** A workspace for each test, whose endpoints' receiver is in the test's hands. */
export class Scene {
  workspace: Workspace = { id: "", key: "" };
  /** The status with which the receiver answers. */
  answer = 200;
  /** How often it was called. */
  attempts = 0;

  /** Makes an endpoint that takes what is published here, and retries after an hour. */
  create(settings: object = {}): Promise<Answer["body"]> {
    return newEndpoint(this.workspace, {
      ...{ status: "enabled", types: ["a.b"], retry: { delays: [3600] } },
      ...settings,
    });
  }

  publish(): Promise<Answer> {
    return call("POST", "/v1/events", { key: this.workspace.key, body: { type: "a.b", data: {} } });
  }

  /** One event, as a log hands it over. */
  batch(): HandOver {
    const event = {
      ...{ position: Date.now() * 4096, id: `evt_${this.workspace.id.slice(3)}`, type: "a.b", created: 0 },
      ...{ apiVersion: "2026-01-15", tags: [], context: {}, acceptedAt: Date.now(), data: "{}" },
    };
    return { workspaceId: this.workspace.id, logId: this.workspace.id, events: [event] };
  }

  async endpoint(id: string): Promise<Answer["body"]> {
    return (await call("GET", `/v1/endpoints/${id}`, { key: this.workspace.key })).body;
  }

  async configOf(id: string): Promise<EndpointConfig> {
    const config = await loadEndpointConfig(env.DB, id);
    if (config === null) throw new Error("no row");
    return config;
  }

  /** What an endpoint's object keeps under a key. */
  stored(id: string, key: string): Promise<string | null> {
    return runInDurableObject(env.ENDPOINT.getByName(id), (_, { storage }) =>
      readMeta<string>(storage.sql, key),
    );
  }
}

/** Sets a scene anew for each test of a file. */
export function setScene(): Scene {
  const scene = new Scene();
  beforeEach(async () => {
    scene.answer = 200;
    scene.attempts = 0;
    scene.workspace = await newWorkspace();
    vi.stubGlobal("fetch", async () => {
      scene.attempts++;
      return new Response(null, { status: scene.answer });
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  return scene;
}
