import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import type { ProcessState } from "../../src/local/runtime-process.ts";
import { watchRuntime } from "../../src/local/watchdog.ts";

const CHECK_MS = 200;

let stopWatching = (): void => {};
let server: Server;

afterEach(() => {
  stopWatching();
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

/** A service that answers as long as it is told to; how often it was asked, and how often it was to be ended. */
async function watched(
  isAnswering: (asked: number) => boolean,
  { isAnsweringOthers = false, process = (): ProcessState | null => null } = {},
) {
  const seen = { asked: 0, ended: 0, askedWhenEnded: 0 };
  server = createServer((request, response) => {
    seen.asked++;
    if (isAnswering(seen.asked)) response.writeHead(503).end();
    // Half of the others are refused, half of them never answered.
    else if (seen.asked % 4 < 2) request.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const end = async () => {
    seen.ended++;
    seen.askedWhenEnded = seen.asked;
  };
  vi.spyOn(console, "error").mockImplementation(() => {});
  const answeredAt = () => (isAnsweringOthers ? performance.now() : -Infinity);
  stopWatching = watchRuntime({ url: () => url, answeredAt, process, end }, CHECK_MS);
  return seen;
}

it("ends a workerd that misses three checks in a row", async () => {
  const seen = await watched((asked) => asked <= 1);
  await vi.waitUntil(() => seen.ended > 0, { timeout: 10_000, interval: 5 });
  expect(seen.askedWhenEnded).toBe(4);
});

it("leaves one alone that answers anything, if only now and then", async () => {
  const seen = await watched((asked) => asked % 2 === 0);
  await vi.waitUntil(() => seen.asked >= 6, { timeout: 10_000, interval: 5 });
  expect(seen.ended).toBe(0);
});

it("bears twelve missed checks from one that answers others meanwhile, since it is only busy", async () => {
  const seen = await watched((asked) => asked <= 1, { isAnsweringOthers: true });
  await vi.waitUntil(() => seen.ended > 0, { timeout: 30_000, interval: 5 });
  expect(seen.askedWhenEnded).toBe(13);
});

it("leaves one alone that waits for the processor, on a machine whose other work leaves it none", async () => {
  const seen = await watched((asked) => asked === 20, { process: () => ({ isRunnable: true, cpuMs: 0 }) });
  await vi.waitUntil(() => seen.asked >= 25, { timeout: 60_000, interval: 5 });
  expect(seen.ended).toBe(0);
});

it("ends one that waits for the processor once it had it for as long as an answer may take", async () => {
  let cpuMs = 0;
  const process = () => {
    cpuMs += 0.3 * CHECK_MS;
    return { isRunnable: true, cpuMs };
  };
  const seen = await watched(() => false, { process });
  await vi.waitUntil(() => seen.ended > 0, { timeout: 30_000, interval: 5 });
  expect(seen.askedWhenEnded).toBe(5);
});

it("ends one that sleeps, though it had nothing of the processor", async () => {
  const seen = await watched((asked) => asked <= 1, { process: () => ({ isRunnable: false, cpuMs: 0 }) });
  await vi.waitUntil(() => seen.ended > 0, { timeout: 10_000, interval: 5 });
  expect(seen.askedWhenEnded).toBe(4);
});
