import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("GET /v1/endpoints", () => {
  it("pages through all, newest first, and stays right while endpoints are added", async () => {
    const own = await newWorkspace();
    const made = [];
    for (let index = 0; index < 5; index++) made.push((await newEndpoint(own)).id);
    const list = (query: string) => call("GET", `/v1/endpoints?${query}`, { key: own.key });
    const first = await list("limit=2");
    await newEndpoint(own);
    const second = await list(`limit=2&cursor=${first.body.next_cursor}`);
    const third = await list(`limit=2&cursor=${second.body.next_cursor}`);
    const ids = [first, second, third].flatMap((page) => page.body.data.map((row: { id: string }) => row.id));
    expect(ids).toEqual(made.toSorted().reverse());
    expect(third.body.next_cursor).toBeNull();
  });

  it("selects by status, dialect and text", async () => {
    const own = await newWorkspace();
    const paused = await newEndpoint(own, { status: "paused", url: "https://one.example/Hook" });
    const atlas = await newEndpoint(own, { dialect: "atlas", description: "To the Warehouse" });
    const ids = async (query: string) => {
      const { body } = await call("GET", `/v1/endpoints?${query}`, { key: own.key });
      return body.data.map((row: { id: string }) => row.id);
    };
    expect(await ids("status=paused")).toEqual([paused.id]);
    expect(await ids("dialect=atlas")).toEqual([atlas.id]);
    expect(await ids("q=warehouse")).toEqual([atlas.id]);
    expect(await ids("q=one.example%2Fhook")).toEqual([paused.id]);
    expect(await ids("q=%25")).toEqual([]);
  });

  it("refuses a dialect that does not exist, as it does a status", async () => {
    const { key } = await newWorkspace();
    for (const name of ["dialect", "status"]) {
      const { status, body } = await call("GET", `/v1/endpoints?${name}=nope`, { key });
      expect([status, body.errors[0].path]).toEqual([422, name]);
    }
  });

  it("finds text whatever its case, outside of ASCII too, and pages through what it finds", async () => {
    const own = await newWorkspace();
    const descriptions = ["ÄPFEL aus Köln", "nothing", "Große Äpfel", "an äpfel", "İstanbul"];
    const made: string[] = [];
    for (const description of descriptions) made.push((await newEndpoint(own, { description })).id);
    const list = (query: string) => call("GET", `/v1/endpoints?${query}`, { key: own.key });
    const ids = async (query: string) =>
      (await list(query)).body.data.map((row: { id: string }) => row.id).toSorted();
    const expected = (...indexes: number[]) => indexes.map((index) => made[index]).toSorted();
    expect(await ids("q=%C3%A4pfel")).toEqual(expected(0, 2, 3));
    expect(await ids("q=%C3%84PFEL")).toEqual(expected(0, 2, 3));
    expect(await ids("q=GROSSE")).toEqual(expected(2));
    expect(await ids("q=istanbul")).toEqual(expected(4));
    const first = await list("q=%C3%84PFEL&limit=2");
    const second = await list(`q=%C3%84PFEL&limit=2&cursor=${first.body.next_cursor}`);
    expect([first.body.data.length, second.body.data.length]).toEqual([2, 1]);
    expect(second.body.next_cursor).toBeNull();
  });

  it("refuses what is no query of its own", async () => {
    expect(badFields(await get("?limit=201"))).toEqual(["limit"]);
    expect(badFields(await get("?limit=0"))).toEqual(["limit"]);
    expect(badFields(await get("?cursor=abc"))).toEqual(["cursor"]);
    expect(badFields(await get("?colour=red"))).toEqual(["colour"]);
  });
});

it("keeps an endpoint from every other workspace", async () => {
  const made = await newEndpoint(workspace);
  const other = await newWorkspace();
  const path = `/v1/endpoints/${made.id}`;
  const requests: [string, string, unknown?][] = [
    ["GET", path],
    ["PATCH", path, { description: "mine" }],
    ["DELETE", path],
    ["GET", `${path}/secret`],
    ["POST", `${path}/secret/rotate`, {}],
    ["GET", `${path}/deliveries`],
  ];
  for (const [method, at, body] of requests) {
    const answer = await call(method, at, { key: other.key, body });
    expect([method, at, answer.status]).toEqual([method, at, 404]);
  }
  expect((await get(`/${made.id}`)).body.description).toBe("");
});
