import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureDefaultWorkspace } from "../../src/local/default-workspace.ts";

let server: Server;
let url: string;
/** Which requests, by their number from 1, are done but not answered. */
let lost: number[];
let requests: string[];
let workspaces: { id: string; name: string }[];

beforeEach(async () => {
  lost = [];
  requests = [];
  workspaces = [];
  server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    requests.push(asked);
    if (asked === "POST /v1/workspaces") workspaces.push({ id: "ws_1", name: "default" });
    const answers: Record<string, object> = {
      "GET /v1/workspaces": { data: workspaces },
      "POST /v1/workspaces": { key: "ak_first" },
      "POST /v1/workspaces/ws_1/keys": { key: "ak_second" },
    };
    if (lost.includes(requests.length)) request.socket.destroy();
    else response.writeHead(answers[asked] ? 200 : 404).end(JSON.stringify(answers[asked] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => void server.close());

it("makes the workspace and returns its key, and null where there is one", async () => {
  expect(await ensureDefaultWorkspace(url, "token")).toBe("ak_first");
  expect(await ensureDefaultWorkspace(url, "token")).toBeNull();
});

it("asks again where workerd ended before it answered", async () => {
  lost = [1, 2];
  expect(await ensureDefaultWorkspace(url, "token")).toBe("ak_first");
});

it("makes another key where the workspace was made and the answer with its key was lost", async () => {
  lost = [2, 4];
  expect(await ensureDefaultWorkspace(url, "token")).toBe("ak_second");
  expect(requests.filter((asked) => asked === "POST /v1/workspaces")).toHaveLength(1);
});
