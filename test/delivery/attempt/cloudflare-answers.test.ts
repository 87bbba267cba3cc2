import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endpointConfigOf, loadEndpointRow } from "../../../src/d1/endpoint-config.ts";
import type { Attempt } from "../../../src/domain/delivery.ts";
import { call, newEndpoint, newWorkspace } from "../../api/client.ts";
import { event } from "../events.ts";

/* Here, as on Cloudflare, there is no EGRESS: what `fetch` answers is what Cloudflare would. */

const CLOUDFLARE = { server: "cloudflare", "cf-ray": "8f1e2d3c4b5a6978-VIE" };

/** The attempt of a test event whose request Cloudflare answers, or fails, like this. */
async function tested(answer: () => Response) {
  const { id } = await endpoint();
  let requests = 0;
  vi.stubGlobal("fetch", async () => {
    requests++;
    return answer();
  });
  const attempt = await testOf(id);
  expect(requests).toBe(1);
  return attempt;
}

async function endpoint() {
  return newEndpoint(await newWorkspace(), {
    // An origin of its own: what others answered does not count for it.
    url: `https://${crypto.randomUUID()}.example.com/webhooks`,
  });
}

function testOf(id: string): Promise<Attempt | null> {
  return runInDurableObject(env.ENDPOINT.getByName(id), (instance) => instance.test({ event: event(1) }));
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("where Cloudflare answers for a receiver that it does not reach", () => {
  it.each([
    [530, "error code: 1016", "dns"],
    [530, "<title>receiver.example.com | Error 1001 | DNS resolution error</title>", "dns"],
    [530, "error code: 1033", "connect"],
    [530, "error code: 1002", "blocked_address"],
    [530, "", "connect"],
    [520, "error code: 520", "reset"],
    [521, "error code: 521", "connect"],
    [522, "error code: 522", "timeout"],
    [523, "error code: 523", "connect"],
    [524, "error code: 524", "timeout"],
    [525, "error code: 525", "tls"],
    [526, "error code: 526", "tls"],
    [403, "error code: 1003", "blocked_address"],
  ])("%i with %j is an attempt that failed as %s says, its status on record", async (status, body, error) => {
    const attempt = await tested(() => new Response(body, { status, headers: CLOUDFLARE }));
    expect(attempt).toMatchObject({ outcome: "failure", error, response: { status, body } });
  });

  it.each([
    [403, "error code: 1020"],
    [403, "no"],
    [500, "error code: 1016"],
    [502, ""],
    [429, "error code: 1015"],
  ])("%i with %j is the receiver's own answer", async (status, body) => {
    const attempt = await tested(() => new Response(body, { status, headers: CLOUDFLARE }));
    expect(attempt).toMatchObject({ error: "status", response: { status } });
  });

  it.each([
    [new Error("Network connection lost."), "reset"],
    [new Error("internal error; reference = abc"), "connect"],
  ])(
    "a request that fails with %o is told by that alone: no connection is opened to find out",
    async (error, code) => {
      const failing = () => {
        throw error;
      };
      expect(await tested(failing)).toMatchObject({ error: code, response: null });
    },
  );
});

describe("a host that is an IP address", () => {
  it.each(["https://8.8.4.4/hook", "https://134744068/hook", "https://[2001:4860:4860::8844]/hook"])(
    "is refused with why: %s",
    async (url) => {
      const { key } = await newWorkspace();
      const auth = { type: "oauth2", token_url: url, client_id: "id", client_secret: "secret" };
      for (const [path, body] of [
        ["url", { url }],
        ["auth.token_url", { url: "https://receiver.example.com/", auth }],
      ] as const) {
        const answer = await call("POST", "/v1/endpoints", { key, body });
        expect([answer.status, answer.body.errors]).toEqual([
          422,
          [{ path, message: expect.stringMatching(/Cloudflare/) }],
        ]);
      }
    },
  );

  it("is not called either where it was set before", async () => {
    const { id } = await endpoint();
    const row = await loadEndpointRow(env.DB, id);
    if (row === null) throw new Error("no row");
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    const config = endpointConfigOf(row);
    // It has the version that D1 has: one without any would ask there.
    await env.ENDPOINT.getByName(id).queueState();
    await env.ENDPOINT.getByName(id).configure({
      ...config,
      version: config.version + 1,
      url: "https://8.8.4.4/hook",
    });
    expect(await testOf(id)).toMatchObject({ error: "blocked_address", response: null });
    expect(fetched).not.toHaveBeenCalled();
  });
});
