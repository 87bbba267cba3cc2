import { expect, it, vi } from "vitest";
import { FixedAnswer } from "../../src/http/fixed-answer.ts";

const request = () => new Request("https://atlas.test/openapi.json");

function filesWith(answer: () => Response): { fetch: () => Promise<Response> } {
  return { fetch: vi.fn(async () => answer()) };
}

it("writes what is the same for everybody once, also for those who come at once", async () => {
  const text = '{"openapi":"3.1.0"}';
  const write = vi.fn(() => text);
  const files = filesWith(() => new Response(null, { status: 404 }));
  const fixed = new FixedAnswer("openapi.json", write, { "Content-Type": "application/json" });
  const ask = async () => {
    const answer = await fixed.to(request(), files as unknown as Fetcher);
    return [answer.headers.get("etag"), await answer.text()];
  };
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(first).toEqual([expect.stringMatching(/^"[\w-]{22}"$/), text]);
  expect([second, await ask()]).toEqual([first, first]);
  expect(write).toHaveBeenCalledOnce();
});

it("reads what the build wrote once, and writes nothing then", async () => {
  const write = vi.fn(() => "");
  const files = filesWith(() => new Response("built", { headers: { ETag: '"tag"' } }));
  const fixed = new FixedAnswer("openapi.json", write, {});
  for (let n = 0; n < 2; n++) {
    const answer = await fixed.to(request(), files as unknown as Fetcher);
    expect([answer.headers.get("etag"), await answer.text()]).toEqual(['"tag"', "built"]);
  }
  expect(files.fetch).toHaveBeenCalledOnce();
  expect(write).not.toHaveBeenCalled();
});
