import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { d1File } from "../../src/local/migrate.ts";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { Receiver } from "./receiver.ts";
import { freePort, launch, Service } from "./started-service.ts";

const shell = promisify(execFile);

const CONNECT = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";

/** The ids of the processes that have the service's data directory in their environment, workerd among them. */
async function processesOf(service: Service): Promise<string[]> {
  const { stdout } = await shell("sh", [
    "-c",
    'grep -lz "^DATA_DIR=$1\\$" /proc/[0-9]*/environ 2>/dev/null || true',
    "sh",
    service.dataDir,
  ]);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("npm start", () => {
  let service: Service;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start();
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await receiver.stop();
    await service.remove();
  });

  it("prints the address, the docs, a key and curl lines that deliver an event when pasted", async () => {
    const printed = service.process.stdout();
    expect(printed).toContain(service.url);
    expect((await fetch(`${service.url}/docs`)).status).toBe(200);
    const curls = printed.split("\n").filter((line) => line.startsWith("curl "));
    expect(curls).toHaveLength(2);
    for (const curl of curls) {
      await shell("bash", ["-c", curl.replace("http://127.0.0.1:4000/webhooks", receiver.url)]);
    }
    const [request] = await receiver.received(1);
    expect(request?.body.toString()).toContain('"data":{"id":"deal_1","value":12500}');
  });

  it("keeps its own secrets readable by their owner only, and the key nowhere", async () => {
    for (const name of ["admin-token", "encryption-key"]) {
      expect(statSync(join(service.dataDir, name)).mode & 0o777).toBe(0o600);
    }
    const files = readdirSync(service.dataDir, { recursive: true, withFileTypes: true });
    const withKey = files
      .filter((file) => file.isFile())
      .filter((file) => readFileSync(join(file.parentPath, file.name)).includes(service.client.key));
    expect(withKey.map((file) => file.name)).toEqual([]);
  });

  it("tells workerd its secrets by its environment: no file but their own has them", async () => {
    const own = ["admin-token", "encryption-key"];
    const secrets = own.map((name) => readFileSync(join(service.dataDir, name), "utf8").trim());
    const files = readdirSync(service.dataDir, { recursive: true, withFileTypes: true });
    const withSecret = files
      .filter((file) => file.isFile() && !own.includes(file.name))
      .filter((file) => {
        const bytes = readFileSync(join(file.parentPath, file.name));
        return secrets.some((secret) => bytes.includes(secret));
      });
    expect(withSecret.map((file) => file.name)).toEqual([]);
    expect(statSync(join(service.dataDir, "state/scratch/workerd.capnp")).mode & 0o777).toBe(0o600);
  });

  it("refuses a second process on the same data, in one line", async () => {
    const second = launch({ ...service.environment, PORT: String(await freePort()) });
    expect(await second.exit).toBe(1);
    expect(second.stderr()).toBe(
      `DATA_DIR ${service.dataDir} is in use by another Atlas Webhooks process.\n`,
    );
  });

  it("stops at SIGINT with 0, leaves no process, and finds everything at its next start", async () => {
    // Without its health: that of the attempts of a moment ago may follow later.
    const endpoints = async () => {
      const { data } = await service.client.get<{ data: Json[] }>("/v1/endpoints");
      return data.map((endpoint) => ({ ...endpoint, health: undefined }));
    };
    const before = await endpoints();
    expect(await processesOf(service)).not.toEqual([]);
    expect(await service.stop("SIGINT")).toBe(0);
    await eventually("no process left", async () => (await processesOf(service)).length === 0);
    await service.restart();
    expect(service.process.stdout()).not.toMatch(/\bak_/);
    expect(service.process.stdout()).toContain("Bearer $ATLAS_KEY");
    expect(await endpoints()).toEqual(before);
  });

  it("delivers after its next start what was queued when it stopped", async () => {
    const { id } = await service.client.createEndpoint({
      url: receiver.url,
      types: ["queued.event"],
      retry: { delays: [1, 1, 1], jitter: 0 },
    });
    receiver.answer = () => ({ kind: "status", status: 500 });
    const event = await service.client.publish({ type: "queued.event", data: {} });
    await eventually("a failed attempt", () =>
      receiver.requests.some((request) => request.headers["webhook-id"] === event),
    );
    await service.stop("SIGTERM");
    receiver.answer = () => ({ kind: "status", status: 204 });
    await service.restart();
    await eventually("the delivery", async () => {
      const { data } = await service.client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`);
      return data[0]?.status === "delivered";
    });
  });

  it("serves again by itself after workerd was killed", async () => {
    const pid = Number(readFileSync(join(service.dataDir, "state/workerd.pid"), "utf8"));
    process.kill(pid, "SIGKILL");
    await eventually("an answer", async () => {
      const response = await fetch(`${service.url}/health`).catch(() => null);
      return response?.status === 200;
    });
    const after = await eventually("another workerd", () => {
      const now = Number(readFileSync(join(service.dataDir, "state/workerd.pid"), "utf8"));
      return now !== pid && now;
    });
    expect(after).not.toBe(pid);
  });

  it("reads its configuration without a write", async () => {
    const log = `${d1File(join(service.dataDir, "state"), "atlas-webhooks")}-wal`;
    const written = () => statSync(log).mtimeMs;
    await eventually("ten reads between which nothing else was written", async () => {
      const before = written();
      for (let i = 0; i < 10; i++) await service.client.get("/v1/endpoints");
      return written() === before;
    });
  });

  it("goes on with its first start where workerd is killed in it, and prints its key", async () => {
    const environment = {
      DATA_DIR: mkdtempSync(join(tmpdir(), "atlas-e2e-")),
      PORT: String(await freePort()),
    };
    const started = launch(environment);
    const noted = join(environment.DATA_DIR, "state/workerd.pid");
    const pid = await eventually("workerd", () => existsSync(noted) && Number(readFileSync(noted, "utf8")));
    process.kill(pid, "SIGKILL");
    const key = await eventually("a key", () => /\bak_[\w-]+/.exec(started.stdout())?.[0]);
    const url = `http://127.0.0.1:${environment.PORT}/v1/workspace`;
    expect((await fetch(url, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200);
    started.child.kill("SIGTERM");
    expect(await started.exit).toBe(0);
    expect(started.stderr()).toMatch(/is started again/);
    rmSync(environment.DATA_DIR, { recursive: true });
  });

  it("serves again each time that workerd is killed, also where it has hardly started", async () => {
    for (let killed = 0; killed < 3; killed++) {
      const pid = service.workerdPid;
      process.kill(pid, "SIGKILL");
      // While the next one is noted the file is empty.
      await eventually("another workerd", () => service.workerdPid > 1 && service.workerdPid !== pid);
    }
    await eventually("an answer", async () => {
      const response = await fetch(`${service.url}/health`).catch(() => null);
      return response?.status === 200;
    });
  });

  it("stops with 0 at a SIGTERM that comes together with its first line", async () => {
    await service.stop();
    service.process = launch(service.environment);
    await new Promise((resolve) => service.process.child.stdout?.once("data", resolve));
    expect(await service.stop("SIGTERM")).toBe(0);
    expect(await processesOf(service)).toEqual([]);
    await service.restart();
  });

  it("stops with 0 while workerd does not answer, and leaves none", async () => {
    process.kill(service.workerdPid, "SIGSTOP");
    expect(await service.stop("SIGTERM")).toBe(0);
    await eventually("no process left", async () => (await processesOf(service)).length === 0);
    await service.restart();
  });

  it.each([
    ["makes its guard", "state/scratch"],
    ["starts workerd", "state/workerd.pid"],
  ])("leaves no workerd when Node is killed with -9 as it %s", async (_moment, file) => {
    await service.stop();
    service.process = launch(service.environment);
    await eventually("the moment", () => existsSync(join(service.dataDir, file)));
    service.process.child.kill("SIGKILL");
    await service.process.exit;
    await eventually("no process left", async () => (await processesOf(service)).length === 0, 5_000);
    await service.restart();
  });

  it("says nothing about peers that ask for a tunnel, and about names without an address", async () => {
    const { hostname, port } = new URL(service.url);
    await new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(CONNECT));
      socket.once("data", resolve);
    });
    const { id } = await service.client.createEndpoint({
      url: "https://no-such-name.example.com/",
      types: ["nowhere"],
      retry: { delays: [] },
    });
    await service.client.publish({ type: "nowhere", data: {} });
    await eventually("the failed attempt", async () => {
      const { data } = await service.client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`);
      return data[0]?.status === "dead";
    });
    expect(service.process.stderr()).toBe("");
  });

  it("serves at 1,024 open files while 1,100 connections say nothing, and 400 begin a request", async () => {
    await service.stop();
    await service.restart(1024);
    const workerd = service.workerdPid;
    const { hostname, port } = new URL(service.url);
    const idle = Array.from({ length: 1500 }, (_, i) => {
      const socket = connect(Number(port), hostname, () => {
        if (i >= 1100) socket.write("POST /v1/events HTTP/1.1\r\n");
      });
      return socket.on("error", () => {});
    });
    await eventually("all to be connected or closed", () => idle.every((one) => !one.connecting));
    for (let i = 0; i < 10; i++) {
      expect((await fetch(`${service.url}/health`, { headers: { Connection: "close" } })).status).toBe(200);
      await service.client.publish({ type: "among.idle", data: {} });
    }
    expect(service.workerdPid).toBe(workerd);
    for (const one of idle) one.destroy();
    await service.stop();
    await service.restart();
  });

  it("takes workerd with it when Node alone is killed with -9", async () => {
    // Node, workerd and the guard.
    expect((await processesOf(service)).length).toBeGreaterThanOrEqual(3);
    service.process.child.kill("SIGKILL");
    await service.process.exit;
    await eventually("no process left", async () => (await processesOf(service)).length === 0, 5_000);
    await service.restart();
    expect((await service.client.get("/v1/workspace")).name).toBe("default");
  });
});

describe("npm start says in one line why it cannot start", () => {
  it.each([
    [{ PORT: "http" }, 'PORT must be a whole number from 0 to 65535, not "http".'],
    [{ DATA_DIR: "/proc/atlas" }, "DATA_DIR /proc/atlas cannot be written (ENOENT)"],
    [{ DATA_DIR: "/dev/null/atlas" }, "DATA_DIR /dev/null/atlas cannot be written (ENOTDIR)"],
    [{ ENCRYPTION_KEY: "short" }, "ENCRYPTION_KEY must be 32 bytes in base64"],
    [{ ALLOWED_NETWORKS: "public,10.0.0.0/99" }, "ALLOWED_NETWORKS"],
  ])("%o", async (environment, message) => {
    const started = launch({ DATA_DIR: "/dev/null/atlas", ...environment } as Record<string, string>);
    expect(await started.exit).toBe(1);
    expect(started.stderr()).toContain(message);
    expect(started.stderr().trim().split("\n")).toHaveLength(1);
    expect(started.stdout()).toBe("");
  });

  it("port in use", async () => {
    const holder = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
    const service = await Service.start().catch((error: Error) => error);
    if (service instanceof Error) throw service;
    await service.stop();
    const started = launch({ ...service.environment, PORT: String(port) });
    expect(await started.exit).toBe(1);
    expect(started.stderr()).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or set another PORT.\n`,
    );
    await service.remove();
    await new Promise((resolve) => holder.close(resolve));
  });

  it("too few open files", async () => {
    const started = launch({ DATA_DIR: mkdtempSync(join(tmpdir(), "atlas-e2e-")) }, 256);
    expect(await started.exit).toBe(1);
    expect(started.stderr()).toMatch(
      /^This process may have 256 files open, and needs 1000 or more: raise .*\n$/,
    );
  });

  it("a spoiled encryption key of its own", async () => {
    const service = await Service.start();
    await service.stop();
    writeFileSync(join(service.dataDir, "encryption-key"), "nonsense\n");
    const started = launch(service.environment);
    expect(await started.exit).toBe(1);
    expect(started.stderr()).toContain("encryption-key must be 32 bytes in base64");
    await service.remove();
  });
});
