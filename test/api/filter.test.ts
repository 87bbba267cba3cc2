import { beforeAll, describe, expect, it } from "vitest";
import { call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const create = (filter: unknown) =>
  call("POST", "/v1/endpoints", { key: workspace.key, body: { url: "https://receiver.example/", filter } });

describe("an endpoint's filter", () => {
  it("decides which events the endpoint gets, as it stands when they are published", async () => {
    const { id } = await newEndpoint(workspace, {
      status: "paused",
      types: ["deal.*"],
      filter: "deal.value > 10000",
    });
    const matched = async (value: number) => {
      const body = { type: "deal.created", data: { value } };
      return (await call("POST", "/v1/events", { key: workspace.key, body })).body.endpoints;
    };
    expect([await matched(10_000), await matched(10_001)]).toEqual([0, 1]);
    const change = (filter: string | null) =>
      call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body: { filter } });
    expect((await change("deal.value < 5")).body.filter).toBe("deal.value < 5");
    expect([await matched(4), await matched(10_001)]).toEqual([1, 0]);
    expect((await change(null)).body.filter).toBeNull();
    expect(await matched(6)).toBe(1);
  });

  it("applies to an unnamed replay as it stands then", async () => {
    const { id } = await newEndpoint(workspace, {
      status: "paused",
      types: ["replayed"],
      filter: "data.n > 5",
    });
    const body = { type: "replayed", data: { n: 3 } };
    const event = await call("POST", "/v1/events", { key: workspace.key, body });
    const replay = async () =>
      (await call("POST", `/v1/events/${event.body.id}/replay`, { key: workspace.key })).body.deliveries;
    expect(await replay()).toEqual([]);
    await call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body: { filter: "data.n < 5" } });
    expect(await replay()).toMatchObject([{ endpoint_id: id }]);
  });

  it("is refused with the place of what is wrong", async () => {
    const answer = await create("deal.value > 5 && deal.name.matches('(a+)+$')");
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { path: "filter", message: "character 29: matches() is not available in filters" },
    ]);
  });

  it.each([
    "",
    "deal.value >",
    7,
    "(".repeat(2000),
    "!".repeat(4000),
    `a${".a".repeat(1500)}`,
    `true${" || true".repeat(600)}`,
    `${"x.all(x, ".repeat(300)}true${")".repeat(300)}`,
    `"${"x".repeat(4096)}" == type`,
    '"\ud800" == type',
  ])("is refused: %.30j", async (filter) => {
    const answer = await create(filter);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toMatchObject([{ path: "filter" }]);
  });
});
