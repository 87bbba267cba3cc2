import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { ActiveTime } from "../../../src/cli/listen/active-time.ts";
import { Answers } from "../../../src/cli/listen/answers.ts";
import { type AppAnswer, type AttemptRequest, callApp } from "../../../src/cli/listen/app.ts";

const time = new ActiveTime();
afterAll(() => time.stop());

function attempt(given: Partial<AttemptRequest> = {}): AttemptRequest {
  return {
    type: "request",
    ...{
      id: "1",
      delivery_id: "dlv_1",
      event_id: "evt_1",
      event_type: "deal.created",
      sequence: 1,
      attempt: 1,
    },
    ...{ is_replay: false, timeout_ms: 5000, method: "POST", headers: { "webhook-id": "evt_1" }, body: "{}" },
    ...given,
  };
}

async function answered(app: RequestListener, given: Partial<AttemptRequest> = {}): Promise<AppAnswer> {
  const server = createServer(app);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return callApp(new URL(`http://127.0.0.1:${port}/hooks?a=b`), attempt(given), time);
}

it("makes the very request that was signed, and answers with what the app said", async () => {
  const seen: unknown[] = [];
  const answer = await answered(
    (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push([request.method, request.url, request.headers["webhook-id"], body]);
        response.setHeader("X-App", ["a", "b"]).writeHead(202).end("thanks");
      });
    },
    { body: '{"id": 12345678901234567890, "ü": 1}' },
  );
  expect(seen).toEqual([["POST", "/hooks?a=b", "evt_1", '{"id": 12345678901234567890, "ü": 1}']]);
  expect(answer).toMatchObject({ status: 202, headers: { "x-app": "a, b" } });
  expect("body" in answer && Buffer.from(answer.body, "base64").toString()).toBe("thanks");
});

it("reads no more of an endless answer than goes on record", async () => {
  const answer = await answered((_request, response) => {
    const more = () => {
      while (response.write("x".repeat(65_536)));
      response.once("drain", more);
    };
    more();
  });
  expect("body" in answer && Buffer.from(answer.body, "base64").length).toBe(16 * 1024 + 1);
});

it("tells an app that is down, one that breaks off and one that says nothing apart", async () => {
  const down = await callApp(new URL("http://127.0.0.1:1/"), attempt(), time);
  expect(down).toMatchObject({ error: "connect" });
  expect(await answered((request) => request.socket.destroy())).toMatchObject({ error: "reset" });
  expect(await answered(() => {}, { timeout_ms: 100 })).toMatchObject({ error: "timeout" });
  const raw = createRawServer((socket) => socket.end("SSH-2.0-x\r\n"));
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const { port } = raw.address() as AddressInfo;
  expect(await callApp(new URL(`http://127.0.0.1:${port}/`), attempt(), time)).toMatchObject({
    error: "reset",
  });
  raw.close();
});

it("gives an attempt that comes again the same answer, without calling the app; a further attempt calls it", async () => {
  const answers = new Answers();
  let calls = 0;
  const call = async (): Promise<AppAnswer> => ({ error: "reset", duration_ms: ++calls });
  expect(answers.of(attempt(), call).isFirst).toBe(true);
  expect(await answers.of(attempt({ id: "2" }), call).answer).toEqual({ error: "reset", duration_ms: 1 });
  expect(answers.of(attempt({ attempt: 2 }), call).isFirst).toBe(true);
  // Tests are all called the same.
  for (let n = 0; n < 2; n++) expect(answers.of(attempt({ sequence: 0 }), call).isFirst).toBe(true);
  expect(calls).toBe(4);
});

it("calls the app again for an attempt that it answered with 401, as its token may have been renewed", async () => {
  const answers = new Answers();
  const statuses = [401, 200];
  const call = async (): Promise<AppAnswer> => ({
    ...{ status: statuses.shift() ?? 500, headers: {}, body: "", duration_ms: 1 },
  });
  expect(await answers.of(attempt(), call).answer).toMatchObject({ status: 401 });
  const renewed = answers.of(attempt({ id: "2" }), call);
  expect([renewed.isFirst, await renewed.answer]).toMatchObject([true, { status: 200 }]);
  expect(await answers.of(attempt({ id: "3" }), call).answer).toMatchObject({ status: 200 });
});
