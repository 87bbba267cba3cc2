import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { standardPolicy } from "../../../src/contract/policy.ts";
import { Deadlines } from "../../../src/deadlines.ts";
import { attempt } from "../../../src/delivery/attempt/attempt.ts";
import { Authenticator } from "../../../src/delivery/attempt/auth.ts";
import { networkOf } from "../../../src/delivery/attempt/network.ts";
import { NobodyThere } from "../../../src/delivery/attempt/tunnel.ts";
import { SenderLink } from "../../../src/delivery/senders/sender-link.ts";
import { Session } from "../../../src/delivery/senders/session.ts";
import { throughSender } from "../../../src/delivery/senders/through-sender.ts";
import { dialects } from "../../../src/dialects/index.ts";
import type { EndpointAuth } from "../../../src/domain/endpoint.ts";
import type { Env } from "../../../src/env.ts";
import { platform } from "../../../src/platform.ts";
import { event, START } from "../events.ts";

/* There is no EGRESS here, as on Cloudflare: `fetch` is the network, and its answers are the receiver's. */

afterEach(() => vi.unstubAllGlobals());

const OAUTH: EndpointAuth = {
  ...{
    type: "oauth2",
    tokenUrl: "https://tokens.example/",
    clientId: "id",
    clientSecret: "secret",
    scope: null,
  },
};

type Receive = (url: string, init: { signal: AbortSignal; headers: Record<string, string> }) => unknown;

const network = () => networkOf({} as Env, platform, new Deadlines(platform), () => null);

/** The same attempt by a connection of the object's own, and by a sender's. */
async function bothWays(receive: Receive, auth: EndpointAuth | null = null) {
  vi.stubGlobal("fetch", async (...given: Parameters<Receive>) => receive(...given));
  const own = network();
  const link = linkTo(new Session("ep_1/1", "ws_1", network()));
  await link.open(() => {});
  const ways = [own, throughSender(link, own)];
  const outcomes = ways.map((way) => {
    const policy = { ...standardPolicy(dialects.standard.defaults), timeoutSeconds: 1 };
    const secrets = { secrets: [], headers: { "X-Token": "a-secret-of-the-endpoint" }, auth };
    const delivery = {
      event: event(1),
      workspaceId: "ws_1",
      endpointId: "ep_1",
      sequence: 1,
      firedAt: START,
    };
    return attempt(
      {
        delivery: { ...delivery, attempt: 1, isReplay: false },
        ...{ policyVersion: 1, url: "https://receiver.example/hook", isUrlAllowed: true, carry: null },
        ...{
          policy,
          dialect: dialects.standard,
          options: {},
          secrets,
          authenticator: new Authenticator(auth),
        },
      },
      way,
    );
  });
  return (await Promise.all(outcomes)).map(
    ({ attempt: { durationMs, startedAt, request, ...record }, ...rest }) => {
      expect(durationMs).toBeLessThan(5000);
      expect(startedAt).toBeGreaterThan(0);
      return { ...rest, record, headers: Object.keys(request.headers) };
    },
  );
}

function linkTo(session: Session): SenderLink {
  return new SenderLink({
    name: "ep_1/1",
    // As it is on its way: data is copied.
    open: async () => ({
      send: async (request) => structuredClone(await session.send(structuredClone(request))),
      [Symbol.dispose]: () => session.end(),
    }),
    deadlines: network().deadlines,
    nowMs: () => platform.nowMs(),
  });
}

/** A body that comes in pieces, and then breaks or never ends. */
function piecewise(pieces: string[], isBroken: boolean, signal: AbortSignal): ReadableStream {
  return new ReadableStream({
    start(to) {
      signal.addEventListener("abort", () => to.error(new Error("aborted")));
      for (const piece of pieces) to.enqueue(new TextEncoder().encode(piece));
      if (isBroken) to.error(new Error("Network connection lost."));
    },
  });
}

const aborted = (signal: AbortSignal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

it.each<[string, Receive, Record<string, unknown>]>([
  ["a success", () => new Response("taken"), { outcome: "success" }],
  ["a success without a body", () => new Response(null, { status: 204 }), { outcome: "success" }],
  ["a failure", () => new Response("no", { status: 500 }), { error: "status" }],
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: "/" } }),
    { error: "redirect" },
  ],
  [
    "a connection that is lost",
    () => {
      throw new Error("Network connection lost.");
    },
    { error: "reset" },
  ],
  [
    "one that cannot be made",
    () => {
      throw new Error("internal error; reference = 1");
    },
    { error: "connect" },
  ],
  ["what the platform answers", () => new Response("", { status: 525 }), { error: "tls" }],
  ["no answer in time", (_, { signal }) => aborted(signal), { error: "timeout", response: null }],
  [
    "a body that breaks",
    (_, { signal }) => new Response(piecewise(["beg"], true, signal)),
    { error: "reset" },
  ],
  [
    "a body that does not end",
    (_, { signal }) => new Response(piecewise(["beg", "in"], false, signal)),
    { error: "response_too_slow", response: expect.objectContaining({ body: "begin", truncated: true }) },
  ],
  [
    "a long body",
    () => new Response("x".repeat(100_000)),
    { response: expect.objectContaining({ truncated: true }) },
  ],
  [
    "an answer with a secret of the endpoint in it",
    (_, { headers }) =>
      new Response(`you sent ${headers["X-Token"]}`, { headers: { "x-echo": `${headers["X-Token"]}` } }),
    { response: expect.objectContaining({ body: "you sent ***" }) },
  ],
  [
    "cookies",
    () =>
      new Response("", {
        headers: [
          ["set-cookie", "a=1, b"],
          ["set-cookie", "c=2"],
          ["x-other", "3"],
        ],
      }),
    {
      response: expect.objectContaining({
        headers: expect.objectContaining({ "set-cookie": "a=1, b, c=2" }),
      }),
    },
  ],
])("records %s by a sender as by the object itself", async (_, receive, expected) => {
  const [own, sent] = await bothWays(receive);
  expect(sent).toEqual(own);
  expect(sent?.record).toMatchObject(expected);
});

it("hears by a sender how long a receiver asks to be spared", async () => {
  const [own, sent] = await bothWays(
    () => new Response("", { status: 429, headers: { "retry-after": "7" } }),
  );
  expect(sent).toEqual(own);
  expect(sent?.retryAfterMs).toBe(7000);
});

it("asks for a token by a sender, which may be long, and for a new one where the receiver refuses it", async () => {
  let tokens = 0;
  const [own, sent] = await bothWays((url, { headers }) => {
    if (url === OAUTH.tokenUrl)
      return Response.json({ access_token: `token-${++tokens}-${"x".repeat(30_000)}` });
    return headers.Authorization?.startsWith("Bearer token-1") ||
      headers.Authorization?.startsWith("Bearer token-2")
      ? new Response("", { status: 401 })
      : new Response("taken");
  }, OAUTH);
  expect(own?.record.outcome).toBe("success");
  expect(sent?.record.outcome).toBe("success");
  expect(tokens).toBe(4);
});

it("counts nothing of what was under way where it is begun anew", async () => {
  const signals: AbortSignal[] = [];
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return aborted(signal);
  });
  const session = new Session("ep_1/1", "ws_1", network());
  const link = linkTo(session);
  await link.open(() => {});
  const send = throughSender(link, network()).sender({ endsAt: Date.now() + 10_000, mostBytes: 100 });
  const options = { method: "POST", headers: {}, body: "{}", signal: new AbortController().signal };
  const sending = send("https://receiver.example/", options);
  await vi.waitFor(() => expect(signals).toHaveLength(1));
  session.end();
  await expect(sending).rejects.toThrow(NobodyThere);
  expect(signals[0]?.aborted).toBe(true);
});

it("ends in a sender what was begun before, where its endpoint begins anew with it", async () => {
  const signals: AbortSignal[] = [];
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return aborted(signal);
  });
  const sender = env.SENDER.getByName("ep_anew/1");
  const request = { url: "https://receiver.example/", method: "POST", headers: {}, body: "{}" };
  const limits = { askedAt: Date.now(), timeoutMs: 10_000, mostBytes: 100 };
  using first = await sender.open("ws_1");
  const sending = first.send({ ...request, ...limits });
  await vi.waitFor(() => expect(signals).toHaveLength(1));
  using second = await sender.open("ws_1");
  expect(await sending).toEqual({ outcome: "ended" });
  vi.stubGlobal("fetch", async () => new Response("taken"));
  expect(await second.send({ ...request, ...limits })).toMatchObject({ outcome: "answered", status: 200 });
});

it("goes on in a sender with what a session has under way, where a further one of the same life begins", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const fetched = vi.fn(() => promise);
  vi.stubGlobal("fetch", fetched);
  const sender = env.SENDER.getByName("ep_further/1");
  const request = { url: "https://receiver.example/", method: "POST", headers: {}, body: "{}" };
  const limits = { askedAt: Date.now(), timeoutMs: 10_000, mostBytes: 100 };
  using first = await sender.open("ws_1");
  const sending = first.send({ ...request, ...limits });
  await vi.waitFor(() => expect(fetched).toHaveBeenCalled());
  using second = await sender.open("ws_1", true);
  vi.stubGlobal("fetch", async () => new Response("taken"));
  expect(await second.send({ ...request, ...limits })).toMatchObject({ outcome: "answered", status: 200 });
  resolve(new Response("late", { status: 201 }));
  expect(await sending).toMatchObject({ outcome: "answered", status: 201 });
});

it("ends in a sender a request that came by a session after a further one began, where its endpoint begins anew", async () => {
  const fetched = vi.fn((_: string, { signal }: { signal: AbortSignal }) => aborted(signal));
  vi.stubGlobal("fetch", fetched);
  const sender = env.SENDER.getByName("ep_on_its_way/1");
  const request = { url: "https://receiver.example/", method: "POST", headers: {}, body: "{}" };
  using first = await sender.open("ws_1");
  using _further = await sender.open("ws_1", true);
  const sending = first.send({ ...request, askedAt: Date.now(), timeoutMs: 10_000, mostBytes: 100 });
  await vi.waitFor(() => expect(fetched).toHaveBeenCalled());
  using _anew = await sender.open("ws_1");
  expect(await sending).toEqual({ outcome: "ended" });
});

it("tells a session in a sender that its endpoint has let go of it", async () => {
  const disposed = vi.spyOn(Session.prototype, Symbol.dispose);
  const session = await env.SENDER.getByName("ep_let_go/1").open("ws_1");
  expect(disposed).not.toHaveBeenCalled();
  session[Symbol.dispose]();
  await vi.waitFor(() => expect(disposed).toHaveBeenCalledOnce());
  expect((disposed.mock.contexts[0] as Session).isDone).toBe(true);
});

it.each([-3500, 3500])(
  "does not make a request that comes to it %i ms after it was asked for",
  async (lateMs) => {
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    const request = {
      url: "https://receiver.example/",
      method: "POST",
      headers: {},
      body: "{}",
      mostBytes: 100,
    };
    const session = new Session("ep_late/1", "ws_1", network());
    const sent = session.send({ ...request, timeoutMs: 10_000, askedAt: Date.now() - lateMs });
    expect(await sent).toEqual({ outcome: "ended" });
    expect(fetched).not.toHaveBeenCalled();
  },
);

it("has no workspace hold more than two thirds of the memory that senders share, whichever of its endpoints they send for", async () => {
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => aborted(signal));
  const body = "ü".repeat((5 * 1024 ** 2) / 2);
  const request = { url: "https://receiver.example/", method: "POST", headers: {}, body, mostBytes: 100 };
  const sessions = ["ws_large", "ws_large", "ws_large", "ws_large", "ws_other"].map(
    (workspaceId, n) => new Session(`ep_${n}/1`, workspaceId, network()),
  );
  const answers = sessions.map((session) =>
    session.send({ ...request, askedAt: Date.now(), timeoutMs: 60_000 }),
  );
  expect(await answers[3]).toEqual({ outcome: "full" });
  for (const session of sessions) session.end();
  const others = await Promise.all(answers);
  expect(others.map(({ outcome }) => outcome)).toEqual(["ended", "ended", "ended", "full", "ended"]);
});
