import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { receive as cloudflare } from "../../../src/sdk/adapters/cloudflare.ts";
import { receive as onExpress } from "../../../src/sdk/adapters/express.ts";
import { receive as onFastify } from "../../../src/sdk/adapters/fastify.ts";
import { receive as onHono } from "../../../src/sdk/adapters/hono.ts";
import { receive as lambda } from "../../../src/sdk/adapters/lambda.ts";
import { receive as next } from "../../../src/sdk/adapters/next.ts";
import { atlas, voice } from "../../../src/sdk/index.ts";
import { BODY, DELIVERIES, Handling, headers, SECRET } from "./delivery.ts";
import { startNest } from "./nest.ts";

type Send = (init: RequestInit) => Promise<Response>;
type Start = (secret: string | undefined, handling: Handling) => Promise<Send>;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const WEBHOOKS = "http://127.0.0.1/webhooks";

/** Sends to a server on a real socket. */
function sendTo(port: number): Send {
  return (init) => fetch(`http://127.0.0.1:${port}/webhooks`, { method: "POST", ...init });
}

async function listening(server: Server): Promise<Send> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close());
  return sendTo((server.address() as AddressInfo).port);
}

const ADAPTERS: Record<string, Start> = {
  hono: async (secret, { handle }) => {
    const app = new Hono<{ Bindings: { SECRET?: string } }>();
    app.onError((_error, context) => context.text("failed", 500));
    app.post(
      "/webhooks",
      onHono(
        atlas,
        (context: { env: { SECRET?: string }; req: { raw: Request } }) => context.env.SECRET,
        handle,
      ),
    );
    return async (init) => app.request(WEBHOOKS, { method: "POST", ...init }, { SECRET: secret });
  },
  express: async (secret, { handle }) => {
    const app = express();
    app.set("env", "test");
    app.post(
      "/webhooks",
      onExpress(atlas, () => secret, handle),
    );
    return listening(createServer(app));
  },
  "express behind express.raw": async (secret, { handle }) => {
    const app = express();
    app.set("env", "test");
    app.use(express.raw({ type: "*/*", limit: "1mb" }));
    app.post(
      "/webhooks",
      onExpress(atlas, () => secret, handle),
    );
    return listening(createServer(app));
  },
  fastify: async (secret, { handle }) => {
    const app = fastify();
    app.register(onFastify("/webhooks", atlas, () => secret, handle));
    await app.listen({ port: 0, host: "127.0.0.1" });
    ends.push(() => app.close());
    return sendTo((app.server.address() as AddressInfo).port);
  },
  nestjs: async (secret, { handle }) => {
    const app = await startNest(secret, handle);
    ends.push(() => app.close());
    return sendTo(app.port);
  },
  next: async (secret, { handle }) => {
    const POST = next(atlas, () => secret, handle);
    return (init) => answered(() => POST(new Request(WEBHOOKS, { method: "POST", ...init })));
  },
  cloudflare: async (secret, { handle }) => {
    const worker = { fetch: cloudflare(atlas, (env: { SECRET?: string }) => env.SECRET, handle) };
    return (init) =>
      answered(() =>
        worker.fetch(new Request(WEBHOOKS, { method: "POST", ...init }), { SECRET: secret }, {}),
      );
  },
  "lambda behind a function URL": async (secret, { handle }) => {
    const handler = lambda(atlas, () => secret, handle);
    return (init) =>
      answered(async () => {
        const request = new Request(WEBHOOKS, { method: "POST", ...init });
        const body = Buffer.from(await request.arrayBuffer()).toString("base64");
        const given = {
          rawPath: "/webhooks",
          rawQueryString: "",
          headers: Object.fromEntries(request.headers),
        };
        const { statusCode, ...answer } = await handler({ ...given, body, isBase64Encoded: true });
        return new Response(answer.body, { status: statusCode, headers: answer.headers });
      });
  },
};

/** As a platform does where a handler throws. */
async function answered(asking: () => Promise<Response>): Promise<Response> {
  try {
    return await asking();
  } catch {
    return new Response("failed", { status: 500 });
  }
}

describe.each(Object.entries(ADAPTERS))("the adapter for %s", (_name, start) => {
  it("hands over the event of a good delivery, and answers each other one as it deserves", async () => {
    const handling = new Handling();
    const send = await start(SECRET, handling);
    for (const { name, init, status, code } of DELIVERIES) {
      const response = await send(init());
      const text = await response.text();
      expect([name, response.status]).toEqual([name, status]);
      if (code !== undefined) expect(text).toContain(code);
    }
    expect(handling.events).toEqual([JSON.parse(BODY)]);
  });

  it("answers 500 while its secret is not set, so that the delivery is tried again", async () => {
    const handling = new Handling();
    const send = await start(undefined, handling);
    const response = await send({ body: BODY, headers: headers() });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("secret_empty");
    expect(handling.events).toEqual([]);
  });
});

describe("the adapter for express", () => {
  it("says of a body that express.json() was faster with that the raw one is needed", async () => {
    const app = express();
    app.use(express.json({ limit: "1mb" }));
    app.post(
      "/webhooks",
      onExpress(atlas, SECRET, () => {}),
    );
    const response = await (await listening(createServer(app)))({ body: BODY, headers: headers() });
    expect([response.status, await response.json()]).toMatchObject([500, { code: "body_parsed" }]);
  });

  it("does not read without end: above 2 MiB it gives up", async () => {
    const app = express();
    app.set("env", "test");
    app.post(
      "/webhooks",
      onExpress(atlas, SECRET, () => {}),
    );
    const send = await listening(createServer(app));
    const body = "x".repeat(3 * 1024 * 1024);
    const response = await send({ body, headers: headers(body) }).catch(() => null);
    expect(response === null || response.status === 500).toBe(true);
  });

  it("compares the whole path with voice's secret, behind a router as well", async () => {
    const app = express();
    const router = express.Router();
    router.post(
      "/hooks/8f2a1c9e",
      onExpress(voice, "https://example.com/in/hooks/8f2a1c9e", () => {}),
    );
    app.use("/in", router);
    const { url } = await (await listening(createServer(app)))({});
    const called = await fetch(new URL("/in/hooks/8f2a1c9e", url), { method: "POST", body: "[{}]" });
    expect(called.status).toBe(204);
  });
});
