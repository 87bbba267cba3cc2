import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runtime } from "../../src/local/runtime.ts";
import type { Json } from "./client.ts";
import { Endpoint } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { freePort, Service } from "./started-service.ts";

/** A server on every address of this machine that counts connections. */
class Trap {
  connections = 0;
  readonly port: number;
  readonly #server: Server;

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer((socket) => {
      this.connections++;
      socket.on("error", () => {});
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    });
  }

  static async start(): Promise<Trap> {
    const trap = new Trap(await freePort());
    await new Promise<void>((resolve) => trap.#server.listen(trap.port, "0.0.0.0", resolve));
    return trap;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Hosts that are or mean an address where deliveries may not go; most of them loopback, where the trap listens. */
const FORBIDDEN = [
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "127.0.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0x7f.0x0.0x0.0x1",
  "0177.0.0.1",
  "017700000001",
  "0x7F.1",
  "１２７.0.0.1",
  "127。0。0。1",
  "%31%32%37.0.0.1",
  "0.0.0.0",
  "0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "3232235777",
  "169.254.169.254",
  "0xa9fea9fe",
  "100.64.0.1",
  "100.100.100.200",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::127.0.0.1]",
  "[2002:7f00:1::]",
  "[fe80::1]",
  "[fd00:ec2::254]",
  "localhost",
  "LOCALHOST.",
  "a.localhost",
  "localhost.localdomain",
  "a..example.com",
  "-a.example.com",
  "kubernetes.default.svc",
  "metadata.google.internal",
  "user:password@example.com",
  "user@127.0.0.1",
  "example.com@127.0.0.1",
];

describe("forbidden addresses are refused without a connection", () => {
  let service: Service;
  let trap: Trap;

  beforeAll(async () => {
    trap = await Trap.start();
    service = await Service.start({ ALLOWED_NETWORKS: "public,127.0.0.2/32" });
  });

  afterAll(async () => {
    await trap.stop();
    await service.remove();
  });

  const refused = async (method: string, path: string, body: Json, field: string) => {
    const answer = await service.client.request<{ errors?: { path: string }[] }>(method, path, body);
    expect(answer.status, answer.text).toBe(422);
    expect(answer.body.errors?.map((error) => error.path)).toContain(field);
  };

  it.each(FORBIDDEN)("when configured: %s", async (host) => {
    for (const scheme of ["https", "http"])
      await refused("POST", "/v1/endpoints", { url: `${scheme}://${host}:${trap.port}/` }, "url");
    expect(trap.connections).toBe(0);
  });

  it("when changed, and as the address of tokens", async () => {
    const endpoint = await Endpoint.create(service.client, { url: "https://example.com/", types: ["never"] });
    const url = `http://2130706433:${trap.port}/`;
    await refused("PATCH", endpoint.path, { url }, "url");
    const auth = { type: "oauth2", token_url: url, client_id: "a", client_secret: "b" };
    await refused("PATCH", endpoint.path, { auth }, "auth.token_url");
    expect(trap.connections).toBe(0);
  });

  it("when connected, where ALLOWED_NETWORKS names them no more: of receivers, of tests, of tokens", async () => {
    service.environment.ALLOWED_NETWORKS = "127.0.0.0/8";
    await service.stop();
    await service.restart();
    const oauth2 = { type: "oauth2", client_id: "a", client_secret: "b" };
    const settings = { types: ["blocked"], status: "paused", retry: { delays: [] } };
    const endpoints = [
      await Endpoint.create(service.client, { ...settings, url: `http://127.0.0.1:${trap.port}/` }),
      await Endpoint.create(service.client, { ...settings, url: `http://localhost:${trap.port}/` }),
      await Endpoint.create(service.client, {
        ...settings,
        url: `http://127.0.0.2:${trap.port}/`,
        auth: { ...oauth2, token_url: `http://127.0.0.1:${trap.port}/` },
      }),
    ];
    await service.client.publish({ type: "blocked", data: {} });
    service.environment.ALLOWED_NETWORKS = "127.0.0.2/32";
    await service.stop();
    await service.restart();
    for (const endpoint of endpoints) {
      await endpoint.patch({ status: "enabled" });
      const { attempts } = await endpoint.ended("dead");
      expect(attempts).toMatchObject([{ error: "blocked_address", response: null }]);
      expect(await endpoint.post("/test", 200)).toMatchObject({ error: "blocked_address" });
    }
    expect(trap.connections).toBe(0);
  });
});

/*
 * Names are judged by workerd when it connects, by way of the binding that src/local/worker-config.ts makes: no name
 * that the API takes resolves to loopback here, so that rule is asked directly.
 */
it("workerd refuses a name that resolves to an address outside its networks, and connects to one inside", async () => {
  const trap = await Trap.start();
  const statePath = mkdtempSync(join(tmpdir(), "atlas-e2e-"));
  const contents = `export default { async fetch(request, env) {
    const network = new URL(request.url).searchParams.get("network");
    try {
      return Response.json((await env[network].fetch("http://localhost:${trap.port}/")).status);
    } catch {
      return Response.json("refused");
    }
  } }`;
  const network = (name: string, ...allow: string[]) => ({ name, network: { allow } });
  const networks = [
    network("PUBLIC", "public"),
    network("OTHER", "public", "127.0.0.2/32"),
    network("LOOPBACK", "127.0.0.0/8"),
  ];
  const bindings = networks.map(({ name }) => ({ name, service: { name } }));
  const worker = {
    compatibilityDate: "2026-10-01",
    modules: [{ name: "names.js", esModule: contents }],
    bindings,
  };
  const runtime = await Runtime.start({
    config: {
      services: [{ name: "names", worker }, ...networks],
      sockets: [{ name: "names", address: "127.0.0.1:0", service: { name: "names" }, http: {} }],
      structuredLogging: true,
    },
    builtFiles: statePath,
    statePath,
  });
  const ask = async (name: string) =>
    (await fetch(`http://127.0.0.1:${runtime.portOf("names")}/?network=${name}`)).json();
  expect(await ask("PUBLIC")).toBe("refused");
  expect(await ask("OTHER")).toBe("refused");
  expect(trap.connections).toBe(0);
  expect(await ask("LOOPBACK")).toBe(200);
  await eventually("the connection", () => trap.connections === 1);
  await runtime.stop();
  await trap.stop();
  rmSync(statePath, { recursive: true, force: true });
});
