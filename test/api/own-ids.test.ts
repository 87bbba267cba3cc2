import { beforeAll, describe, expect, it, vi } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
  return () => vi.useRealTimers();
});

const get = (path: string) => call("GET", `/v1${path}`, { key: workspace.key });
const post = (path: string, body: unknown) => call("POST", `/v1${path}`, { key: workspace.key, body });
const publish = (id: string, data: object = { n: 1 }) => post("/events", { type: "own.id", data, id });

describe("an event of its publisher's own id", () => {
  it.each([
    ["a word", "order-17-paid"],
    ["of another service's form", "evt_1NG8Du2eZvKYlo2CUI79vXWy"],
    ["in lower case", "evt_01kagw9zq8n3v5xtb2c4d6e7f8"],
    ["of one character", "1"],
    ["with slashes", "orders/17/paid"],
    ["with what URLs escape", "50% ? a=b&c #1 +"],
    ["that looks escaped", "a%2Fb%20c"],
    ["with spaces at its ends", " a "],
    ["of other scripts", "заказ-№17 – Ä😀"],
    ["named like a property", "__proto__"],
    ["named like a route", "batch"],
    ["of three dots", "..."],
    ["of 256 characters of four bytes", "😀".repeat(256)],
  ])("is kept and found as it was sent: %s", async (_, id) => {
    const answer = await publish(id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ id, event_id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/) });
    const { event_id: eventId } = answer.body;
    const found = await get(`/events/${encodeURIComponent(id)}`);
    expect([found.status, found.body.id, found.body.event_id, found.body.data]).toEqual([
      200,
      id,
      eventId,
      { n: 1 },
    ]);
    expect((await get(`/events/${eventId}`)).body).toEqual(found.body);
    expect((await get(`/events/${encodeURIComponent(id)}/deliveries`)).status).toBe(200);
    expect((await get("/events?limit=1")).body.data).toMatchObject([{ id, event_id: eventId }]);
  });

  it.each([
    ["empty", ""],
    ["too long", "x".repeat(257)],
    ["half of a surrogate pair", "\ud800"],
    ["a control character", "a\u0000"],
    ["a line break", "a\nb"],
    ["a control character of C1", "a\u0085"],
    ["a path's dot", "."],
    ["a path's two dots", ".."],
  ])("is refused: %s", async (_, id) => {
    const answer = await publish(id);
    expect([answer.status, badFields(answer)]).toEqual([422, ["id"]]);
    expect((await get(`/events/${encodeURIComponent(id.toWellFormed() || "none")}`)).status).toBe(404);
  });

  it("is the same event for 24 hours: the first answer again, 409 for other content", async () => {
    const first = await publish("once", { n: 1 });
    expect((await publish("once", { n: 1 })).body).toEqual(first.body);
    const other = await publish("once", { n: 2 });
    expect([other.status, other.body.code]).toEqual([409, "event_conflict"]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 + 1000 });
    const later = await publish("once", { n: 2 });
    vi.useRealTimers();
    expect(later.status).toBe(202);
    expect(later.body.event_id).not.toBe(first.body.event_id);
    // It is found by what it is called: the newest. The one before has its own id.
    expect((await get("/events/once")).body.data).toEqual({ n: 2 });
    expect((await get(`/events/${first.body.event_id}`)).body.data).toEqual({ n: 1 });
  });

  it("names the index of a batch where it conflicts, and stores none of it then", async () => {
    await publish("taken");
    const events = ["free", "taken", "free"].map((id) => ({ type: "own.id", data: { id }, id }));
    const refused = await post("/events/batch", { events });
    expect([refused.status, badFields(refused)]).toEqual([409, ["events[1].id"]]);
    expect((await get("/events/free")).status).toBe(404);
    const twice = await post("/events/batch", { events: [events[0], events[2]] });
    expect(twice.status).toBe(202);
    expect(twice.body.events[1]).toEqual(twice.body.events[0]);
    const wrong = await post("/events/batch", { events: [events[0], { ...events[0], id: "\n" }] });
    expect(badFields(wrong)).toEqual(["events[1].id"]);
  });

  it("is replayed, and its deliveries are listed, by that id", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["own.id"] });
    const { body } = await publish("replayed/1");
    const id = encodeURIComponent("replayed/1");
    await expect
      .poll(async () => (await get(`/events/${id}/deliveries`)).body.data)
      .toMatchObject([{ event_id: body.event_id, endpoint_id: endpoint.id }]);
    const listed = await get(`/endpoints/${endpoint.id}/deliveries?event_id=${id}`);
    expect(listed.body.data).toHaveLength(1);
    expect((await get(`/endpoints/${endpoint.id}/deliveries?event_id=nothing`)).body.data).toEqual([]);
    const replay = await post(`/events/${id}/replay`, { endpoint_ids: [endpoint.id] });
    expect([replay.status, replay.body.deliveries.length]).toEqual([202, 1]);
    const job = await post(`/endpoints/${endpoint.id}/replays`, { event_ids: ["replayed/1"] });
    expect(job.body.select.event_ids).toEqual(["replayed/1"]);
  });

  it("is unknown, 404, where nobody had it, however old it looks", async () => {
    expect((await get("/events/nobody-had-it")).status).toBe(404);
    expect((await get("/events/evt_01ARZ3NDEKTSV4RRFFQ69G5FAV")).status).toBe(404);
  });

  it("is 410 once it has expired, as long as the log knows of it", async () => {
    const { body } = await publish("old");
    const names = ["old", body.event_id];
    // A day more than 30: the log's time never goes back, and it has seen tomorrow in a test above.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31 * 24 * 3_600_000 + 60_000 });
    const { forgetKeys } = await import("../../src/http/auth.ts");
    forgetKeys();
    for (const name of names) expect((await get(`/events/${name}`)).body.code).toBe("event_expired");
    vi.useRealTimers();
  });
});
