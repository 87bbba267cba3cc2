import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { endpointOf, logOf } from "../../src/objects/objects.ts";
import { badFields, call, newEndpoint, OPERATOR } from "../api/client.ts";

/** The objects' namespaces, which note what is asked of them; workerd itself knows no jurisdictions. */
function noting(asked: unknown[]): Pick<Env, "EVENT_LOG" | "ENDPOINT"> {
  const noted = <Namespace extends object>(namespace: Namespace, jurisdiction: string | null): Namespace =>
    new Proxy(namespace, {
      get(of, name) {
        if (name === "jurisdiction") return (bound: string) => noted(of, bound);
        if (name !== "getByName") return Reflect.get(of, name);
        return (id: string, options?: object) => {
          asked.push([id, jurisdiction, options]);
          return (Reflect.get(of, name) as (id: string) => unknown).call(of, id);
        };
      },
    });
  return { EVENT_LOG: noted(env.EVENT_LOG, null), ENDPOINT: noted(env.ENDPOINT, null) };
}

const makeWorkspace = (jurisdiction: unknown, environment: Partial<Env> = {}) =>
  call("POST", "/v1/workspaces", { key: OPERATOR, body: { name: "bound", jurisdiction }, env: environment });

it("asks for every object near LOCATION, where that is set", () => {
  const asked: unknown[] = [];
  const at = (LOCATION?: string) => ({ ...env, ...noting(asked), LOCATION });
  logOf(at("weur"), "ws_1");
  endpointOf(at("weur"), "ep_1");
  endpointOf(at(""), "ep_1");
  logOf(at(), "ws_1");
  const near = { locationHint: "weur" };
  const anywhere = [null, undefined];
  expect(asked).toEqual([
    ["ws_1", null, near],
    ["ep_1", null, near],
    ["ep_1", ...anywhere],
    ["ws_1", ...anywhere],
  ]);
});

it("keeps a workspace and its endpoints in the jurisdiction that it was made in, wherever LOCATION points", async () => {
  const { status, body } = await makeWorkspace("eu");
  expect([status, body.jurisdiction, body.id]).toEqual([
    201,
    "eu",
    expect.stringMatching(/^ws_[0-9A-Z]{26}_eu$/),
  ]);
  const asked: unknown[] = [];
  const bound = { ...noting(asked), LOCATION: "wnam" };
  const given = { url: "https://receiver.example/", status: "disabled" };
  const endpoint = await call("POST", "/v1/endpoints", { key: body.key, body: given, env: bound });
  expect([endpoint.status, endpoint.body.id]).toEqual([201, expect.stringMatching(/^ep_[0-9A-Z]{26}_eu$/)]);
  const published = await call("POST", "/v1/events", {
    key: body.key,
    body: { type: "a.b", data: {} },
    env: bound,
  });
  expect(published.status).toBe(202);
  const { id } = endpoint.body;
  const listed = await call("GET", `/v1/endpoints/${id}/deliveries`, { key: body.key, env: bound });
  expect(listed.status).toBe(200);
  // The log's for the endpoint and the event, the one of the endpoint's object for its list alone.
  expect(asked).toHaveLength(3);
  expect(asked).toEqual(
    expect.arrayContaining([
      [body.id, "eu", undefined],
      [id, "eu", undefined],
    ]),
  );
  expect(asked.every((one) => (one as unknown[])[1] === "eu")).toBe(true);
});

it("fixes a workspace's jurisdiction when it is made, to one of two or none", async () => {
  expect(badFields(await makeWorkspace("de"))).toEqual(["jurisdiction"]);
  const { body } = await makeWorkspace(null);
  expect(body.jurisdiction).toBeNull();
  const change = { jurisdiction: "us" };
  const changed = await call("PATCH", `/v1/workspaces/${body.id}`, { key: OPERATOR, body: change });
  expect([changed.status, badFields(changed)]).toEqual([422, ["jurisdiction"]]);
  const endpoint = await newEndpoint({ id: body.id, key: body.key });
  expect(endpoint.id).toMatch(/^ep_[0-9A-Z]{26}$/);
});

it("refuses a jurisdiction on one machine, which could not keep it", async () => {
  const EGRESS = { fetch: () => Promise.reject(new Error("not called")) } as never;
  const answer = await makeWorkspace("us", { EGRESS });
  expect([answer.status, badFields(answer)]).toEqual([422, ["jurisdiction"]]);
});

it("answers 503 not_set_up to a LOCATION that does not exist, before any object is made there", async () => {
  const answer = await call("GET", "/health", { env: { LOCATION: "europe" } });
  expect([answer.status, answer.body.code]).toEqual([503, "not_set_up"]);
  expect(answer.body.detail).toContain("weur");
});
