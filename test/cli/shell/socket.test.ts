import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { openSocket } from "../../../src/cli/shell/socket.ts";

/** `ws` itself would wait for 30 s. */
const SOON_MS = 20_000;

it("hears that the service closed the socket, and why, though the connection stays open", async () => {
  const sockets: Socket[] = [];
  const server = createServer();
  server.on("upgrade", ({ headers }, socket: Socket) => {
    sockets.push(socket);
    const accept = createHash("sha1")
      .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
    // A Close frame with the code 4404, and nothing after it.
    socket.write(Buffer.concat([Buffer.from(head), Buffer.from([0x88, 2, 4404 >> 8, 4404 & 0xff])]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const startedAt = performance.now();
  const socket = openSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
  const code = await new Promise((resolve) => socket.once("close", resolve));
  expect(code).toBe(4404);
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  expect(sockets.map(({ writableEnded }) => writableEnded)).toEqual([false]);
  for (const one of sockets) one.destroy();
  await new Promise((resolve) => server.close(resolve));
});
