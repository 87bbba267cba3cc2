import { beforeAll, describe, expect, it } from "vitest";
import { call, newEndpoint, newKey, newWorkspace, type Workspace } from "../api/client.ts";

const URL_WITH_SECRET = "https://receiver.example/abcdefgh/ijkl?token=mnop";
const MASKED = "https://receiver.example/abcd***";

describe("the URL of an unsigned endpoint is its secret:", () => {
  let workspace: Workspace;
  let id: string;
  const get = (path: string, key = workspace.key) => call("GET", `/v1/endpoints${path}`, { key });

  beforeAll(async () => {
    workspace = await newWorkspace();
    id = (await newEndpoint(workspace, { url: URL_WITH_SECRET, dialect: "voice", description: "hook" })).id;
  });

  it("masked in lists, and for who may only read", async () => {
    expect((await get("")).body.data[0].url).toBe(MASKED);
    expect((await get(`/${id}`, await newKey(workspace, "reader"))).body.url).toBe(MASKED);
    expect((await get(`/${id}`)).body.url).toBe(URL_WITH_SECRET);
  });

  it("not to be guessed by searching", async () => {
    expect((await get("?q=abcdefgh")).body.data).toEqual([]);
    expect((await get("?q=hook")).body.data).toHaveLength(1);
  });

  it("kept when the mask is sent back", async () => {
    const body = { url: MASKED, description: "changed" };
    const answer = await call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
    expect(answer.body).toMatchObject({ url: URL_WITH_SECRET, description: "changed" });
  });

  it("masked in the audit log", async () => {
    const { text } = await call("GET", "/v1/audit", { key: workspace.key });
    expect(text).not.toContain("efgh");
  });
});
