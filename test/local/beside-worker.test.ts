import { afterAll, beforeAll, expect, it } from "vitest";
import { BesideWorker } from "../../src/local/beside-worker.ts";

let beside: BesideWorker;

beforeAll(async () => {
  beside = await BesideWorker.listen({
    NAMES: async (request, response) => void response.end(`names of ${request.url}`),
    BROKEN: async () => {
      throw new Error("broken");
    },
  });
});

afterAll(() => beside.close());

/** What workerd is told of a binding: where it is, and the header that it sets. */
function told(binding: string) {
  const { address, http } = (beside.services[binding]?.external ?? {}) as {
    address: string;
    http: { injectRequestHeaders: { name: string; value: string }[] };
  };
  const headers = http.injectRequestHeaders.map(({ name, value }): [string, string] => [name, value]);
  return { url: `http://${address}/a`, headers: Object.fromEntries(headers) };
}

it("answers a binding by its handler, and 500 where that throws", async () => {
  const names = told("NAMES");
  expect(await (await fetch(names.url, names)).text()).toBe("names of /a");
  const broken = told("BROKEN");
  const answer = await fetch(broken.url, broken);
  expect([answer.status, await answer.text()]).toEqual([500, "Error: broken"]);
});

it("answers 403 to whoever does not know the secret", async () => {
  const { url } = told("NAMES");
  expect((await fetch(url)).status).toBe(403);
  expect((await fetch(url, { headers: { "Atlas-Binding": "NAMES" } })).status).toBe(403);
});
