import { describe, expect, it } from "vitest";
import { networkOf } from "../../../src/delivery/attempt/network.ts";
import type { Env } from "../../../src/env.ts";
import { platform } from "../../../src/platform.ts";

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("the way to receivers on one machine", () => {
  it("gives each request a connection of its own for an hour after workerd was ended because it did not answer", async () => {
    const after = (ms: number) => ways({ FROZE_AT: String(NOW - ms) }, OK);
    expect(await after(1000).send("http://a.example/")).toBe("own connection");
    expect(await after(HOUR_MS - 1).send("http://a.example/")).toBe("own connection");
    expect(await after(HOUR_MS).send("http://a.example/")).toBe("fetch");
    expect(await ways({ FROZE_AT: "" }, OK).send("http://a.example/")).toBe("fetch");
    expect(await ways({}, OK).send("http://a.example/")).toBe("fetch");
  });

  it("fails a receiver that says without end that its answer will come, and keeps it from workerd's own client", async () => {
    const endless = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
    const frozen = ways({ FROZE_AT: String(NOW) }, endless);
    await expect(frozen.send("http://endless.example/hook")).rejects.toThrow("without end");
    const later = ways({}, OK);
    expect(await later.send("http://endless.example/other")).toBe("own connection");
    expect(await later.send("http://endless.example:81/other")).toBe("fetch");
  });

  it("takes an answer that is announced a few times", async () => {
    const announced = `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(30)}${OK}`;
    expect(await ways({ FROZE_AT: String(NOW) }, announced).send("http://b.example/")).toBe("own connection");
  });
});

/** Sends by an environment in which every receiver answers so; tells which way a request went. */
function ways(env: Partial<Env>, answer: string) {
  let way = "none";
  const EGRESS = {
    fetch: async () => {
      way = "fetch";
      return new Response(null, { status: 204 });
    },
    connect: () => {
      way = "own connection";
      return {
        opened: Promise.resolve({}),
        closed: Promise.resolve(),
        readable: new Response(answer).body,
        writable: new WritableStream(),
        close: async () => {},
      };
    },
  } as unknown as Fetcher;
  const network = networkOf({ ...env, EGRESS } as Env, { ...platform, nowMs: () => NOW });
  return {
    async send(url: string): Promise<string> {
      const signal = new AbortController().signal;
      await network.send(url, { method: "POST", headers: {}, body: "{}", signal });
      return way;
    },
  };
}
