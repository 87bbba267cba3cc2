import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

const MIB = 1024 * 1024;

const disk = mkdtempSync(join(tmpdir(), "atlas-small-disk-"));

/** Only root may mount a disk that is small enough to be filled. */
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk]).status === 0;

afterAll(async () => {
  // What has a file of it open for a moment, whoever that is, keeps it mounted.
  if (canMount) await eventually("umount", () => spawnSync("umount", [disk]).status === 0);
  rmSync(disk, { recursive: true, force: true });
});

describe.skipIf(!canMount)("a full disk", () => {
  let service: Service;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start({ DATA_DIR: join(disk, "data") });
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await receiver.stop();
    await service.remove();
  });

  /** Fills the disk to the last byte, whoever frees some of it meanwhile. */
  function fill(): void {
    for (let n = 0, bytes = 8 * MIB; bytes >= 4096; ) {
      try {
        writeFileSync(join(disk, `filler-${bytes}-${n++}`), Buffer.alloc(bytes));
      } catch {
        bytes /= 2;
      }
    }
  }

  it("is answered 503 storage_full by every write that finds no room; nothing is sent twice, and all goes on when there is room", async () => {
    const { client } = service;
    const { id } = await client.createEndpoint({ url: receiver.url });
    const accepted = [await client.publish({ type: "first.event", data: {} })];
    await receiver.received(1);
    // An attempt whose record finds no room any more is made again, as after a crash.
    await eventually("the first delivery is on record", async () => {
      const { data } = await client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`);
      return data[0]?.status === "delivered";
    });
    fill();
    const told = async () => (await client.request("GET", "/health")).body.status;
    await eventually("/health", async () => (await told()) === "storage_full");
    // D1's journal has room of its own, from what was written before: a small write may still find its place there.
    let types = 0;
    for (const length of [20_000, 1])
      await eventually("D1's journal is full, too", async () => {
        const body = { sample: { text: "x".repeat(length) } };
        const { status, text } = await client.request("PUT", `/v1/event-types/fills.t${types++}`, body);
        if (![200, 201, 503].includes(status)) throw new Error(text);
        return status === 503;
      });
    /** What was made; null = it found no room, and was told so. */
    const made = async (path: string, body: Json) => {
      const answer = await client.request("POST", path, body, { "Idempotency-Key": path });
      if (answer.status === 201) return answer.body;
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, "storage_full"]);
      expect(answer.headers.get("Retry-After")).not.toBeNull();
      return null;
    };
    const events: [string, Json][] = [
      ["/v1/events", { type: "a.b", data: {} }],
      ["/v1/events/batch", { events: [{ type: "a.b", data: { text: "x".repeat(900_000) } }] }],
    ];
    for (const [path, body] of events) expect(await made(path, body)).toBeNull();
    // Of configuration a small write may still find room, where SQLite begins D1's journal anew: then it is stored.
    const endpoint = await made("/v1/endpoints", { url: receiver.url, types: ["none.such"] });
    if (endpoint !== null) await client.get(`/v1/endpoints/${endpoint.id}`);
    const key = await made("/v1/keys", { name: "k", role: "reader" });
    if (key !== null)
      expect((await client.get<{ data: Json[] }>("/v1/keys")).data.map(({ id }) => id)).toContain(key.id);
    spawnSync("sh", ["-c", `rm ${disk}/filler-*`]);
    await eventually("/health", async () => (await told()) === "ok");
    accepted.push(await client.publish({ type: "second.event", data: {} }));
    await eventually("the second delivery", () => receiver.requests.length >= 2);
    const { data } = await client.get<{ data: Json[] }>("/v1/events");
    expect(data.map(({ id }) => id)).toEqual(accepted.reverse());
    expect(receiver.requests.map(({ headers }) => headers["webhook-id"])).toEqual(accepted.reverse());
  });
});
