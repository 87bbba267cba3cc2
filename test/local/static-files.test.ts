import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { staticFiles } from "../../src/local/static-files.ts";

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "atlas-files-"));
  mkdirSync(join(folder, "page/assets"), { recursive: true });
  writeFileSync(join(folder, "page/index.html"), "<p>page</p>");
  writeFileSync(join(folder, "page/assets/a-1f.js"), "1");
  writeFileSync(
    join(folder, "_headers"),
    "# all\n/page/*\n  Content-Security-Policy: default-src 'none'\n  Cache-Control: no-cache\n\n/page/assets/*\n  ! Cache-Control\n  Cache-Control: immutable\n",
  );
  server = await serve(folder);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function serve(path: string): Promise<Server> {
  const handle = staticFiles(path);
  const serving = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => serving.listen(0, "127.0.0.1", resolve));
  return serving;
}

async function get(path: string, headers: Record<string, string> = {}, from = server) {
  return fetch(`http://127.0.0.1:${(from.address() as AddressInfo).port}${path}`, { headers });
}

it("answers a folder with its index, with the headers that _headers gives the path", async () => {
  const answer = await get("/page/");
  expect(await answer.text()).toBe("<p>page</p>");
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-cache",
  });
});

it("takes back a header where _headers says so, and sets it anew", async () => {
  const { headers } = await get("/page/assets/a-1f.js");
  expect(headers.get("cache-control")).toBe("immutable");
  expect(headers.get("content-type")).toBe("text/javascript; charset=utf-8");
});

it("answers 304 to who has the file already", async () => {
  const tag = (await get("/page/")).headers.get("etag") ?? "";
  expect((await get("/page/", { "If-None-Match": tag })).status).toBe(304);
});

it.each(["/page/index.html", "/page/none.js", "/page/..%2f..%2f..%2fetc%2fpasswd"])(
  "answers 404 at %s",
  async (path) => {
    expect((await get(path)).status).toBe(404);
  },
);

it("answers 404 to everything while nothing is built", async () => {
  const empty = await serve(join(folder, "none"));
  expect((await get("/page/", {}, empty)).status).toBe(404);
  empty.close();
});
