import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newKey, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;
const ids: string[] = [];

const search = async (body: object, key = workspace.key) => call("POST", "/v1/events/search", { key, body });

/** What a search finds in all its pages, and how many events they looked at. */
async function found(body: object) {
  const names: string[] = [];
  let looked = 0;
  let cursor: string | null | undefined;
  do {
    const page = await search({ ...body, ...(cursor ? { cursor } : {}) });
    expect(page.status, page.text).toBe(200);
    names.push(...page.body.data.map((event: { id: string }) => event.id));
    looked += page.body.scanned.events;
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  return { names, looked };
}

describe("a search of events", () => {
  beforeAll(async () => {
    workspace = await newWorkspace();
    for (let n = 0; n < 10; n++) {
      const body = {
        ...{ type: n % 2 ? "deal.lost" : "deal.won", id: `own-${n}`, tags: n > 7 ? ["late"] : [] },
        data: { n, big: 12345678901234567890n.toString(), note: `Straße ${n}` },
      };
      ids.push((await call("POST", "/v1/events", { key: workspace.key, body })).body.event_id);
    }
  });

  it("finds by type, filter and text at once, newest first", async () => {
    expect((await found({ filter: "data.n > 6" })).names).toEqual(["own-9", "own-8", "own-7"]);
    expect((await found({ types: ["deal.won"], filter: "data.n > 3" })).names).toEqual([
      "own-8",
      "own-6",
      "own-4",
    ]);
    expect((await found({ types: ["deal.*"], text: "Straße 4" })).names).toEqual(["own-4"]);
    expect((await found({ text: "straße 4" })).names).toEqual([]);
    expect((await found({ filter: '"late" in tags', text: '"n":9' })).names).toEqual(["own-9"]);
    expect((await found({ types: ["lead.*"] })).names).toEqual([]);
  });

  it("shows the data around the text, and how far it came", async () => {
    const { body } = await search({ text: '"n":3' });
    expect(body.data[0]).toMatchObject({ id: "own-3", event_id: ids[3], type: "deal.lost" });
    expect(body.data[0].excerpt).toContain('"n":3');
    expect(body.data[0]).not.toHaveProperty("data");
    expect(body.scanned).toMatchObject({ events: 10, to: null });
    expect(body.scanned.characters).toBeGreaterThan(100);
  });

  it("goes on from page to page, each event once, within its span", async () => {
    expect(await found({ limit: 3 })).toEqual({
      names: Array.from({ length: 10 }, (_, n) => `own-${9 - n}`),
      looked: 10,
    });
    const { accepted_at } = (await call("GET", `/v1/events/${ids[5]}`, { key: workspace.key })).body;
    expect((await found({ to: accepted_at })).names).not.toContain("own-5");
    expect((await found({ from: accepted_at })).names).toContain("own-5");
  });

  it("refuses what is no filter, no type, no cursor and no span, by its name", async () => {
    const refused = async (body: object) => badFields(await search(body));
    expect(await refused({ filter: "data.n >" })).toEqual(["filter"]);
    expect(await refused({ filter: 'type.matches("a+")' })).toEqual(["filter"]);
    expect(await refused({ types: ["a b"], limit: 500, text: "" })).toEqual(["limit", "text", "types[0]"]);
    expect(await refused({ cursor: "bm90aGluZw" })).toEqual(["cursor"]);
    expect(await refused({ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" })).toEqual(["to"]);
    expect((await search({}, await newKey(workspace, "portal"))).status).toBe(403);
  });
});

it("looks at a bounded amount of data in one page, and says so", async () => {
  workspace = await newWorkspace();
  const data = { text: "x".repeat(900 * 1024) };
  for (let n = 0; n < 6; n++)
    await call("POST", "/v1/events", {
      key: workspace.key,
      body: { type: "large.event", id: `l${n}`, data },
    });
  const { body } = await search({ text: "nowhere" });
  expect(body.data).toEqual([]);
  expect(body.scanned.events).toBeLessThan(6);
  expect(body.scanned.to).not.toBeNull();
  expect(body.next_cursor).not.toBeNull();
  expect(await found({ text: "nowhere" })).toEqual({ names: [], looked: 6 });
});
