import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const patch = (id: string, body: unknown) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });

describe("an endpoint's order", () => {
  it.each([
    [{}, "none", false],
    [{ serialize: true }, "endpoint", true],
    [{ serialize: false }, "none", false],
    [{ order: "endpoint" }, "endpoint", true],
    [{ order: "endpoint", serialize: true }, "endpoint", true],
    [{ order: { by: "data.customer.id" } }, { by: "data.customer.id" }, false],
    [{ order: { by: "context.a" }, serialize: false }, { by: "context.a" }, false],
    [{ order: null, serialize: null }, "none", false],
  ])("given as %j is shown as %j, with `serialize` %s", async (given, order, serialize) => {
    const made = await newEndpoint(workspace, given);
    const { body } = await call("GET", `/v1/endpoints/${made.id}`, { key: workspace.key });
    expect(body).toMatchObject({ order, serialize });
  });

  it.each([
    { order: "none", serialize: true },
    { order: "endpoint", serialize: false },
    { order: { by: "data.a" }, serialize: true },
    { order: null, serialize: true },
  ])("is refused with 422, by both names, where they contradict each other: %j", async (given) => {
    const made = await newEndpoint(workspace, { serialize: true });
    const answer = await patch(made.id, given);
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["order", "serialize"]);
    const { body } = await call("GET", `/v1/endpoints/${made.id}`, { key: workspace.key });
    expect(body.order).toBe("endpoint");
  });

  it.each(["", "strict", 1, [], {}, { by: "" }, { by: "type" }, { by: "data" }])(
    "is refused with 422 where it is %j",
    async (order) => {
      const made = await newEndpoint(workspace, {});
      const answer = await patch(made.id, { order });
      expect(answer.status).toBe(422);
      expect(answer.body.errors[0]).toMatchObject({ path: expect.stringMatching(/^order/) });
      expect(answer.text).toContain("tag:<prefix>");
    },
  );

  it("takes no further field beside `by`", async () => {
    const made = await newEndpoint(workspace, {});
    expect(badFields(await patch(made.id, { order: { by: "data.a", more: 1 } }))).toEqual(["order.more"]);
  });

  it("by key is left by `serialize: false`, and by `null`", async () => {
    for (const change of [{ serialize: false }, { order: null }]) {
      const made = await newEndpoint(workspace, { order: { by: "tag:customer:" } });
      expect((await patch(made.id, change)).body).toMatchObject({ order: "none", serialize: false });
    }
  });
});
