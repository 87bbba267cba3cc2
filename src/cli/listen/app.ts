import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { ListenError, ListenMessage } from "../../contract/listen.ts";
import type { ActiveTime } from "./active-time.ts";
import { settleable } from "./settleable.ts";

/** An attempt as the service hands it over. */
export type AttemptRequest = Extract<ListenMessage, { type: "request" }>;

/** What the app answered, or why it did not; without the request's id. */
export type AppAnswer =
  | { status: number; headers: Record<string, string>; body: string; duration_ms: number }
  | { error: ListenError; duration_ms: number };

/** What goes on record of a body is 16 KiB; one byte more shows that there was more. */
const MOST_BODY_BYTES = 16 * 1024 + 1;

const MOST_HEADERS = 64;
const LONGEST_HEADER = 4096;

/** Errors of connections that were open: the app went away within an answer. */
const RESET = new Set(["ECONNRESET", "EPIPE", "HPE_INVALID_CONSTANT", "HPE_INVALID_HEADER_TOKEN"]);

/** Makes an attempt's request to an app, with a connection of its own; never rejects. */
export function callApp(url: URL, attempt: AttemptRequest, time: ActiveTime): Promise<AppAnswer> {
  const { promise, resolve } = settleable<AppAnswer>();
  const startedAt = time.nowMs;
  const durationMs = () => Math.min(120_000, Math.round((time.nowMs - startedAt) * 10) / 10);
  const fail = (error: ListenError) => resolve({ error, duration_ms: durationMs() });
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  let isConnected = false;
  const body = Buffer.from(attempt.body);
  const outgoing = send(
    url.href,
    {
      method: attempt.method,
      headers: { ...attempt.headers, "content-length": String(body.length) },
      agent: false,
    },
    (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const answer = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response.headers),
          body: Buffer.concat(parts).subarray(0, MOST_BODY_BYTES).toString("base64"),
          duration_ms: durationMs(),
        });
      response.on("data", (chunk: Buffer) => {
        parts.push(chunk);
        size += chunk.length;
        if (size < MOST_BODY_BYTES) return;
        answer();
        outgoing.destroy();
      });
      response.on("end", answer);
      response.on("error", () => fail("reset"));
      response.on("close", () => fail("reset"));
    },
  );
  outgoing.on("socket", (socket) => socket.once("connect", () => (isConnected = true)));
  outgoing.on("error", ({ code = "" }: NodeJS.ErrnoException) =>
    fail(isConnected || RESET.has(code) ? "reset" : "connect"),
  );
  // Another protocol is no answer.
  outgoing.on("upgrade", (_response, socket) => {
    socket.destroy();
    fail("reset");
  });
  const end = time.after(attempt.timeout_ms, () => {
    fail("timeout");
    outgoing.destroy();
  });
  outgoing.end(body);
  return promise.finally(end);
}

function headersOf(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).slice(0, MOST_HEADERS);
  return Object.fromEntries(
    entries.map(([name, value = ""]) => [name, [value].flat().join(", ").slice(0, LONGEST_HEADER)]),
  );
}
