import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "../../api/client.ts";

let workspace: Workspace;
/** What the receiver answers to each attempt, in turn; the last one from then on. */
let statuses: number[] = [];

beforeEach(async () => {
  workspace = await newWorkspace();
  vi.stubGlobal("fetch", async () => {
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
    return new Response(null, { status, headers: { "Retry-After": "600" } });
  });
});

afterEach(() => vi.unstubAllGlobals());

const create = (settings: object = {}) =>
  newEndpoint(workspace, { status: "enabled", types: ["deal.created"], ...settings });
const get = async (id: string) => (await call("GET", `/v1/endpoints/${id}`, { key: workspace.key })).body;
const patch = (id: string, body: object) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const publish = () =>
  call("POST", "/v1/events", { key: workspace.key, body: { type: "deal.created", data: {} } });
/** The endpoint's deliveries once each was attempted. */
const attempted = (id: string) =>
  vi.waitFor(async () => {
    const { data } = (await call("GET", `/v1/endpoints/${id}/deliveries`, { key: workspace.key })).body;
    expect(data.length).toBeGreaterThan(0);
    for (const { attempt_count: count } of data) expect(count).toBeGreaterThan(0);
    return data;
  });

describe("success_statuses", () => {
  it("makes an answer of such a status a success: delivered at once, no failure, no hold by Retry-After", async () => {
    statuses = [503];
    const { id } = await create({ success_statuses: [409, 503], retry: { delays: [3600] } });
    await publish();
    expect(await attempted(id)).toMatchObject([{ status: "delivered", attempt_count: 1 }]);
    await publish();
    await vi.waitFor(async () => expect(await attempted(id)).toHaveLength(2));
  });

  it("leaves every other status a failure, with the field and without", async () => {
    statuses = [409];
    const { id } = await create({ success_statuses: [404] });
    const other = await create();
    await publish();
    for (const one of [id, other.id]) expect(await attempted(one)).toMatchObject([{ status: "pending" }]);
  });

  it("applies from the next attempt on when it is changed", async () => {
    statuses = [409];
    const { id } = await create({ retry: { delays: [0.1, 0.1, 0.1, 3600, 3600] } });
    await publish();
    await attempted(id);
    expect((await patch(id, { success_statuses: [409] })).body.success_statuses).toEqual([409]);
    const { data } = (await call("GET", `/v1/endpoints/${id}/deliveries`, { key: workspace.key })).body;
    await call("POST", `/v1/endpoints/${id}/deliveries/${data[0].id}/retry`, { key: workspace.key });
    await vi.waitFor(async () => expect(await attempted(id)).toMatchObject([{ status: "delivered" }]));
  });

  it.each([[[410]], [[200]], [[299]], [[600]], [[409, 409]], [[409.5]], ["409"]])(
    "is refused by name as %o, and nothing is stored",
    async (given) => {
      const { id } = await create({ success_statuses: [409] });
      expect(badFields(await patch(id, { success_statuses: given }))[0]).toMatch(/^success_statuses/);
      expect((await get(id)).success_statuses).toEqual([409]);
    },
  );

  it("reads null of an endpoint that was stored before there was the field", async () => {
    const { id } = await create();
    await env.DB.prepare(
      "UPDATE endpoints SET policy = json_remove(policy, '$.successStatuses') WHERE id = ?",
    )
      .bind(id)
      .run();
    const row = await env.DB.prepare("SELECT policy FROM endpoints WHERE id = ?").bind(id).first();
    expect(row?.policy).not.toContain("successStatuses");
    const shown = await get(id);
    expect(shown.success_statuses).toBeNull();
    const answer = await patch(id, shown);
    expect([answer.status, answer.body]).toEqual([200, shown]);
    expect((await patch(id, { success_statuses: [] })).body.success_statuses).toEqual([]);
    expect((await patch(id, { success_statuses: null })).body.success_statuses).toBeNull();
  });
});
