import { expect, it } from "vitest";
import { answerTo } from "../api/client.ts";

/** A body of so many parts of 64 KiB, of which it counts those that were read. */
function parts(count: number) {
  const read = { count: 0 };
  const body = new ReadableStream({
    pull(controller) {
      if (read.count === count) controller.close();
      else {
        read.count++;
        controller.enqueue(new Uint8Array(64 * 1024));
      }
    },
  });
  return { read, body };
}

it.each([
  ["a path that is none", "POST", "/nope", 404],
  ["a method that a path does not take", "PATCH", "/v1/keys", 405],
  ["a request without a key", "POST", "/v1/events", 401],
])(
  "reads the body of %s before its answer, which who still sends would not hear",
  async (_, method, path, status) => {
    const { read, body } = parts(16);
    const headers = { "content-type": "application/json" };
    const answer = await answerTo(new Request(`https://atlas.test${path}`, { method, headers, body }));
    expect([answer.status, read.count]).toEqual([status, 16]);
  },
);
