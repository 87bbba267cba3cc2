import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Front } from "../../src/local/front.ts";
import { eventually } from "../e2e/eventually.ts";

/** A server that answers what it is told, unless it is deaf, and knows its connections. */
class Echo {
  isDeaf = false;
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      if (this.isDeaf) return;
      socket.on("data", (chunk) => socket.write(`heard ${chunk}`));
      socket.on("end", () => socket.end("bye"));
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

const always = (port: number) => () => port;

describe("the front of the local server", () => {
  let echo: Echo;
  let front: Front;
  const callers: Socket[] = [];

  beforeEach(async () => {
    echo = new Echo();
    front = await Front.listen("127.0.0.1", 0, { connections: 20, upstream: 5 });
  });

  afterEach(() => {
    for (const caller of callers.splice(0)) caller.destroy();
    front.close();
    echo.close();
  });

  async function call(): Promise<Socket> {
    const socket = connect(front.port, "127.0.0.1");
    socket.on("error", () => {});
    callers.push(socket);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return socket;
  }

  /** What a caller hears in answer to the head of a request. */
  function ask(socket: Socket, head: string): Promise<string> {
    return new Promise((resolve, reject) => {
      socket.once("data", (chunk) => resolve(String(chunk).trim()));
      socket.once("close", () => reject(new Error("closed without an answer")));
      socket.write(`${head}\r\n\r\n`);
    });
  }

  it("hands what was said before workerd is there on to it, and its answers back", async () => {
    const caller = await call();
    const answer = ask(caller, "early");
    front.handOnTo(always(await echo.listen()));
    expect(await answer).toBe("heard early");
    expect(await ask(caller, "more")).toBe("heard more");
  });

  it("gives workerd no connection of those who make no request, however many they are, and serves who does", async () => {
    front.handOnTo(always(await echo.listen()));
    for (let i = 0; i < 60; i++) (await call()).write(i % 2 === 0 ? "" : "GET / HTTP/1.1\r\n");
    expect(echo.sockets.size).toBe(0);
    expect(await ask(await call(), "hello")).toBe("heard hello");
    await eventually("the silent ones to be fewer", () => callers.filter((one) => !one.closed).length <= 20);
  });

  it("closes silent connections before one that is kept for its next request, however long that was idle", async () => {
    front.handOnTo(always(await echo.listen()));
    const kept = await call();
    await ask(kept, "hello");
    const later = performance.now() + 60_000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    for (let i = 0; i < 60; i++) await call();
    vi.restoreAllMocks();
    await eventually("the silent ones to be fewer", () => callers.filter((one) => !one.closed).length <= 20);
    expect(await ask(kept, "again")).toBe("heard again");
  });

  it("gives workerd no more connections than it may have, and closes the longest idle one for the next", async () => {
    front.handOnTo(always(await echo.listen()));
    const speakers: Socket[] = [];
    for (let i = 0; i < 5; i++) {
      const speaker = await call();
      await ask(speaker, "hello");
      speakers.push(speaker);
    }
    expect(await ask(await call(), "next")).toBe("heard next");
    await eventually("the first to be closed", () => speakers[0]?.closed);
    expect(speakers.filter((one) => one.closed)).toHaveLength(1);
    expect(echo.sockets.size).toBeLessThanOrEqual(5);
  });

  it("closes one that waits for nothing before one that waits for its answer, however long that takes", async () => {
    front.handOnTo(always(await echo.listen()));
    echo.isDeaf = true;
    const waiting = await call();
    waiting.write("slow\r\n\r\n");
    await eventually("the slow one to be handed on", () => echo.sockets.size === 1);
    echo.isDeaf = false;
    const start = performance.now();
    const clock = vi.spyOn(performance, "now").mockReturnValue(start + 60_000);
    const idle: Socket[] = [];
    for (let i = 0; i < 4; i++) {
      const speaker = await call();
      await ask(speaker, "hello");
      idle.push(speaker);
    }
    clock.mockReturnValue(start + 62_000);
    expect(await ask(await call(), "next")).toBe("heard next");
    clock.mockRestore();
    await eventually("an idle one to be closed", () => idle.some((one) => one.closed));
    expect(waiting.closed).toBe(false);
  });

  it("closes the one that has waited longest for its answer where all wait", async () => {
    front.handOnTo(always(await echo.listen()));
    echo.isDeaf = true;
    const start = performance.now();
    const clock = vi.spyOn(performance, "now");
    const waiting: Socket[] = [];
    for (let i = 0; i < 5; i++) {
      clock.mockReturnValue(start + i);
      const caller = await call();
      caller.write("slow\r\n\r\n");
      await eventually("it to be handed on", () => echo.sockets.size === i + 1);
      waiting.push(caller);
    }
    echo.isDeaf = false;
    clock.mockReturnValue(start + 60_000);
    expect(await ask(await call(), "next")).toBe("heard next");
    clock.mockRestore();
    await eventually("the first to be closed", () => waiting[0]?.closed);
    expect(waiting.filter((one) => one.closed)).toHaveLength(1);
  });

  it("lets a caller end what it says and still hear the answer", async () => {
    front.handOnTo(always(await echo.listen()));
    const caller = await call();
    let heard = "";
    caller.on("data", (chunk) => {
      heard += chunk;
    });
    caller.end("last words\r\n\r\n");
    await new Promise((resolve) => caller.once("end", resolve));
    expect(heard).toBe("heard last words\r\n\r\nbye");
  });

  it("hands on without holding more than the slower end takes", async () => {
    echo.isDeaf = true;
    front.handOnTo(always(await echo.listen()));
    const caller = await call();
    caller.write("POST / HTTP/1.1\r\n\r\n");
    const written = await new Promise<number>((resolve) => {
      let bytes = 0;
      let quiet = setTimeout(() => resolve(bytes), 500);
      const write = (): void => {
        bytes += 1024 * 1024;
        clearTimeout(quiet);
        quiet = setTimeout(() => resolve(bytes), 500);
        if (bytes < 200 * 1024 * 1024) caller.write(Buffer.alloc(1024 * 1024), write);
      };
      write();
    });
    expect(written).toBeLessThan(100 * 1024 * 1024);
  });
});
