import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
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
async function watched(isAnswering: (asked: number) => boolean, isAnsweringOthers = false) {
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
  stopWatching = watchRuntime(
    () => url,
    () => (isAnsweringOthers ? performance.now() : -Infinity),
    end,
    CHECK_MS,
  );
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
  const seen = await watched((asked) => asked <= 1, true);
  await vi.waitUntil(() => seen.ended > 0, { timeout: 30_000, interval: 5 });
  expect(seen.askedWhenEnded).toBe(13);
});
