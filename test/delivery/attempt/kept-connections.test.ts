import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import { InvalidAnswer, NoAnswer } from "../../../src/delivery/attempt/answer-errors.ts";
import type { ReceiverResponse } from "../../../src/delivery/attempt/http-answer.ts";
import { KeptConnections } from "../../../src/delivery/attempt/kept-connections.ts";
import { readBody } from "../../../src/delivery/attempt/receiver-answer.ts";
import { platform } from "../../../src/platform.ts";
import type { Turn } from "../../../src/storage/own-turns.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const URL_A = "https://a.example/hooks?x=1";

/** A request as a receiver gets it, which the test answers. */
interface Given {
  /** From 1: which connection it came over, and which of its requests it is. */
  connection: number;
  nth: number;
  text: string;
  say(text: string): void;
  close(): void;
  breakOff(): void;
}

describe("requests on connections of our own", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("go over one connection one after the other, as HTTP/1.1", async () => {
    const { send, requests, opened } = rig(({ say }) => say(OK));
    await read(await send(URL_A, { headers: { "X-Name": "grün" }, body: '{"ü":1}' }));
    await read(await send(URL_A));
    expect(requests[0]?.text).toBe(
      'POST /hooks?x=1 HTTP/1.1\r\nHost: a.example\r\nX-Name: grün\r\nContent-Length: 8\r\n\r\n{"ü":1}',
    );
    expect(requests.map(({ connection, nth }) => [connection, nth])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(opened).toEqual([{ hostname: "a.example", port: 443, secureTransport: "on", isEnded: false }]);
  });

  it("call the URL as it stands, without its fragment", async () => {
    const { send, requests } = rig(({ say }) => say(OK));
    await send("http://a.example:8080/a%2Fb?#top");
    expect(requests[0]?.text).toContain("POST /a%2Fb? HTTP/1.1\r\nHost: a.example:8080\r\n");
  });

  it("at the same time have one connection each, and each origin has its own", async () => {
    const { send, requests } = rig(({ say }) => say(OK));
    const [one, other] = await Promise.all([send(URL_A), send(URL_A)]);
    await read(one);
    await read(other);
    await read(await send("http://a.example/hooks"));
    await read(await send("https://a.example:444/hooks"));
    await read(await send(URL_A));
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 4, 2]);
  });

  it.each([
    ["says that it closes", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
    ["speaks HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    ["says more than its answer", `${OK}HTTP/1.1 200 OK\r\n`],
    [
      "frames its answer twice",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
  ])("do not follow each other where the receiver %s", async (_, answer) => {
    const { send, requests, opened } = rig(({ say }) => say(answer));
    expect(await read(await send(URL_A))).toBe("ok");
    expect(opened[0]?.isEnded).toBe(true);
    await read(await send(URL_A));
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it("take a body that is said to be in no coding by its length", async () => {
    const { send } = rig(({ say }) =>
      say("HTTP/1.1 200 OK\r\nTransfer-Encoding: Identity\r\nContent-Length: 2\r\n\r\nok"),
    );
    expect(await read(await send(URL_A))).toBe("ok");
  });

  it("do not follow each other where an answer announces a body that it cannot have", async () => {
    const { send, requests } = rig(({ say }) => say("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"));
    expect((await send(URL_A)).status).toBe(204);
    await send(URL_A);
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it("do not follow each other over one whose answer was not read to its end", async () => {
    const { send, requests, opened } = rig(({ say }) => say(OK));
    await (await send(URL_A)).body?.cancel();
    expect(opened[0]?.isEnded).toBe(true);
    await send(URL_A);
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it("leave none open that nothing goes over once their object goes to sleep or is erased", async () => {
    let answers = false;
    const { send, requests, opened, closeIdle } = rig(({ say }) => answers && say(OK));
    const underWay = send(URL_A);
    await settled();
    answers = true;
    await read(await send(URL_A));
    closeIdle();
    expect(opened.map(({ isEnded }) => isEnded)).toEqual([false, true]);
    requests[0]?.say(OK);
    expect(await read(await underWay)).toBe("ok");
    await read(await send(URL_A));
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2, 1]);
  });

  it.each([
    ["is closed", (given: Given) => given.close()],
    ["is broken off", (given: Given) => given.breakOff()],
    ["says something that nobody asked for", (given: Given) => given.say(OK)],
  ])("leave a kept connection that meanwhile %s", async (_, happen) => {
    const { send, requests, opened } = rig(({ say }) => say(OK));
    await read(await send(URL_A));
    happen(requests[0] as Given);
    await settled();
    expect(opened[0]?.isEnded).toBe(true);
    await read(await send(URL_A));
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it.each([
    ["closes", (given: Given) => given.close()],
    ["breaks off", (given: Given) => given.breakOff()],
  ])(
    "are sent once more, as they were, where the receiver %s a kept connection as they come",
    async (_, end) => {
      const { send, requests } = rig((given) => (given.nth === 2 ? end(given) : given.say(OK)));
      await read(await send(URL_A));
      expect(await read(await send(URL_A, { body: '{"n":2}' }))).toBe("ok");
      expect(requests.map(({ connection, nth }) => [connection, nth])).toEqual([
        [1, 1],
        [1, 2],
        [2, 1],
      ]);
      expect(requests[2]?.text).toBe(requests[1]?.text);
    },
  );

  it("fail where the receiver closes a new connection, or one over which its answer has begun", async () => {
    const { send, requests } = rig((given) => {
      if (given.nth === 2) given.say("HTTP/1.1 2");
      if (given.connection > 1 || given.nth === 2) given.close();
      else given.say(OK);
    });
    await read(await send(URL_A));
    await expect(send(URL_A)).rejects.toThrow(NoAnswer);
    await expect(send(URL_A)).rejects.toThrow(NoAnswer);
    expect(requests).toHaveLength(3);
  });

  it("are not sent once more where the time is over", async () => {
    const { send, requests, opened } = rig((given) => given.nth === 1 && given.say(OK));
    await read(await send(URL_A));
    const controller = new AbortController();
    const second = send(URL_A, { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toThrow("no time left");
    expect(requests).toHaveLength(2);
    expect(opened.map(({ isEnded }) => isEnded)).toEqual([true]);
  });

  it("keep a connection for 2 to 4 s that nothing goes over", async () => {
    const { send, opened } = rig(({ say }) => say(OK));
    await read(await send(URL_A));
    await vi.advanceTimersByTimeAsync(1900);
    expect(opened[0]?.isEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(2200);
    expect(opened[0]?.isEnded).toBe(true);
  });

  it("refuse a header value that would begin another one", async () => {
    const { send, requests } = rig(({ say }) => say(OK));
    await expect(send(URL_A, { headers: { "X-A": "1\r\nX-B: 2" } })).rejects.toThrow("X-A");
    expect(requests).toHaveLength(0);
  });

  it("take an answer that is announced a few times", async () => {
    const { send } = rig(({ say }) => say(`${"HTTP/1.1 102 Processing\r\n\r\n".repeat(30)}${OK}`));
    expect(await read(await send(URL_A))).toBe("ok");
  });

  /** What a hostile receiver says after the first part, again and again. */
  const ENDLESS: [name: string, first: string, again: string][] = [
    ["that its answer will come", "", "HTTP/1.1 103 Early Hints\r\n\r\n"],
    ["headers", "HTTP/1.1 200 OK\r\n", "a: b\r\n"],
    [
      "headers of one name that announce its answer",
      "HTTP/1.1 100 Continue\r\n",
      `X: ${"y".repeat(8000)}\r\n`,
    ],
    ["one header", "HTTP/1.1 200 OK\r\nX: ", "y".repeat(4000)],
    ["blanks in a header", "HTTP/1.1 200 OK\r\nX: ", " ".repeat(4000)],
    ["a status line", "HTTP/1.1 200 ", "O".repeat(4000)],
  ];
  it.each(ENDLESS)(
    "fail as an invalid answer where the receiver says without end %s",
    async (_, first, again) => {
      const { send, opened, said } = rig(({ say }) => say(first + again), again);
      await expect(send(URL_A)).rejects.toThrow(InvalidAnswer);
      expect(opened[0]?.isEnded).toBe(true);
      expect(said()).toBeLessThan(300 * 1024);
    },
  );

  const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const ENDLESS_BODIES: [name: string, first: string, again: string, isBroken: boolean][] = [
    ["a chunk's extension", `${CHUNKED}1;`, "x".repeat(4000), true],
    ["chunks of one byte with extensions", CHUNKED, `1;${"x".repeat(4000)}\r\nz\r\n`, true],
    ["a trailer", `${CHUNKED}1\r\nz\r\n0\r\n`, "a: b\r\n", true],
    ["chunks of one byte", CHUNKED, "1\r\nz\r\n", false],
    ["a body that its connection ends", "HTTP/1.1 200 OK\r\n\r\n", "z".repeat(4000), false],
  ];
  it.each(ENDLESS_BODIES)("read little of a body of %s without end", async (_, first, again, isBroken) => {
    const { send, opened, said } = rig(({ say }) => say(first + again), again);
    const body = await readBody(await send(URL_A));
    expect(body).toMatchObject({ truncated: true, isBroken });
    expect(opened[0]?.isEnded).toBe(true);
    expect(said()).toBeLessThan(600 * 1024);
  });

  it.each([1, 2, 3, 7, 20, 1000])(
    "read a body of chunks alike where %i bytes arrive at once",
    async (size) => {
      const chunks = `1\r\na\r\n2;x=y\r\nbc\r\n${"1\r\nd\r\n".repeat(50)}10\r\n0123456789abcdef\r\n0\r\nT: v\r\n\r\n`;
      const { send, requests } = rig(({ say }) => {
        for (const part of `${CHUNKED}${chunks}`.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []) say(part);
      });
      for (let n = 0; n < 2; n++)
        expect(await read(await send(URL_A))).toBe(`abc${"d".repeat(50)}0123456789abcdef`);
      expect(requests.map(({ nth }) => nth)).toEqual([1, 2]);
    },
  );

  it("open a connection, and look at each piece of an answer, when their turn on the thread has come", async () => {
    const turns: (() => void)[] = [];
    const turn = () => new Promise<void>((resolve) => turns.push(resolve));
    const { send, requests, opened, said } = rig(() => {}, "HTTP/1.1 103 Early Hints\r\n\r\n", turn);
    const sent = send(URL_A).catch((error: Error) => error);
    expect(opened).toHaveLength(0);
    turns[0]?.();
    await settled();
    expect(requests).toHaveLength(1);
    // It says without end that it will answer: each piece waits, and nothing more is read before.
    const first = said();
    await settled();
    expect([turns.length, said()]).toEqual([2, first]);
    for (let n = 1; n < turns.length; n++) {
      turns[n]?.();
      await settled();
    }
    expect(await sent).toBeInstanceOf(InvalidAnswer);
  });

  it("read a header of 100 KB of blanks between two letters in steps by its length", async () => {
    const value = `a${" ".repeat(100_000)}b`;
    const { send } = rig(({ say }) => say(`HTTP/1.1 200 OK\r\nX: \t${value} \r\nContent-Length: 0\r\n\r\n`));
    const startedAt = performance.now();
    expect((await send(URL_A)).headers.get("x")).toBe(value);
    // A pattern with two loops takes half a minute.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

async function read(response: ReceiverResponse): Promise<string> {
  return Buffer.from((await readBody(response)).bytes).toString();
}

/** Lets what has happened be seen. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Connections to a receiver in the test's hands.
 * @param again what is read whenever nothing else is there
 */
function rig(answer: (given: Given) => unknown, again: string | null = null, turn: Turn = () => null) {
  const requests: Given[] = [];
  const opened: (SocketAddress & { secureTransport: string | undefined; isEnded: boolean })[] = [];
  let said = 0;
  const connect = ({ hostname, port }: SocketAddress, { secureTransport }: SocketOptions): Socket => {
    const record = { hostname, port, secureTransport, isEnded: false };
    opened.push(record);
    const connection = opened.length;
    let nth = 0;
    let controller!: ReadableByteStreamController;
    const readable = new ReadableStream(
      {
        type: "bytes",
        start: (given) => {
          controller = given;
        },
        pull: () => {
          if (again === null || nth === 0) return;
          const bytes = Buffer.from(again.repeat(Math.ceil(4000 / again.length)));
          said += bytes.length;
          controller.enqueue(Uint8Array.from(bytes));
        },
        cancel: () => {
          record.isEnded = true;
        },
      },
      { highWaterMark: 0 },
    );
    const writable = new WritableStream<Uint8Array>({
      write: (bytes) => {
        const given = {
          ...{ connection, nth: ++nth, text: Buffer.from(bytes).toString() },
          say: (text: string) => text !== "" && controller.enqueue(Uint8Array.from(Buffer.from(text))),
          close: () => {
            controller.close();
            controller.byobRequest?.respond(0);
          },
          breakOff: () => controller.error(new Error("Network connection lost.")),
        };
        requests.push(given);
        answer(given);
      },
    });
    const closed = new Promise<void>(() => {});
    const close = async () => {
      record.isEnded = true;
    };
    return { opened: Promise.resolve({}), closed, readable, writable, close } as unknown as Socket;
  };
  const connections = new KeptConnections(connect as never, new Deadlines(platform), platform.nowMs, turn);
  const send = (
    url: string,
    options: { headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
  ) =>
    connections.send(url, {
      ...{ method: "POST", headers: {}, body: "{}", signal: new AbortController().signal },
      ...options,
    });
  return { send, requests, opened, said: () => said, closeIdle: () => connections.closeIdle() };
}
