import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hoursOf, readTime } from "../../src/compat/analytics-hours.ts";
import { answerTo, badFields, call, newKey, newWorkspace, type Workspace } from "../api/client.ts";

const HOUR_MS = 3_600_000;

let workspace: Workspace;
let key: string;

beforeAll(async () => {
  workspace = await newWorkspace();
  key = await newKey(workspace, "workbench");
});

afterEach(() => {
  vi.useRealTimers();
});

const batched = (query: string, by = key) =>
  call("GET", `/compat/atomic/v1/${workspace.id}/analytics/batched?${query}`, { key: by });
/** Follows a link, which needs no key. */
const follow = (link: string) => call("GET", link.replace(/^https:\/\/[^/]+/, ""));
/** The link to the running hour's file. */
async function runningHour(format = "ndjson"): Promise<string> {
  const now = new Date();
  const from = new Date(now.getTime() - 1000).toISOString();
  const { body } = await batched(`from=${from}&to=${now.toISOString()}&format=${format}`);
  return Object.values<string[]>(body.data).at(-1)?.[0] ?? "";
}

describe("the hours of a range", () => {
  const at = (text: string) => Date.parse(text);
  const hours = (from: string, to: string, now = "2020-04-01T00:00:00Z") =>
    hoursOf(at(from), at(to), at(now) - 30 * 24 * HOUR_MS, at(now)).map((hour) => hour.key);

  it("are named by the hour that ended: 01:00 to 02:00 is T02", () => {
    expect(hours("2020-03-27T01:00:00Z", "2020-03-27T02:00:00Z")).toEqual(["2020-03-27T02"]);
    expect(hours("2020-03-27T23:00:00Z", "2020-03-28T00:00:00Z")).toEqual(["2020-03-28T00"]);
  });

  it("begin with `from` rounded down and end with `to` rounded up", () => {
    expect(hours("2020-03-27T01:59:59Z", "2020-03-27T02:00:01Z")).toEqual(["2020-03-27T02", "2020-03-27T03"]);
  });

  it("include the running one, and none of the future or of what is not kept", () => {
    const now = "2020-03-27T02:30:00Z";
    expect(hours("2020-03-27T02:00:00Z", "2020-03-27T09:00:00Z", now)).toEqual(["2020-03-27T03"]);
    expect(hours("2020-03-28T00:00:00Z", "2020-03-29T00:00:00Z", now)).toEqual([]);
    expect(hours("2020-02-20T00:00:00Z", "2020-02-26T03:00:00Z", now)).toEqual(["2020-02-26T03"]);
  });

  it.each([
    ["2020-03-27", "2020-03-27T00:00:00Z"],
    ["2020-03-27T01", "2020-03-27T01:00:00Z"],
    ["2020-03-27T01:30Z", "2020-03-27T01:30:00Z"],
    ["2020-03-27T01:30:15.250+13:00", "2020-03-26T12:30:15.250Z"],
  ])("are read from %s", (text, meant) => {
    expect(readTime(text)).toBe(at(meant));
  });

  it.each(["yesterday", "2020-13-01", "1585270800", "2020-03-27 01:00", ""])(
    "are not read from %j",
    (text) => {
      expect(readTime(text)).toBeNull();
    },
  );
});

describe("batched analytics", () => {
  it("lead to where the caller reached the service, behind a proxy that ends TLS too", async () => {
    const now = Date.now();
    const [from, to] = [now - 1000, now].map((time) => new Date(time).toISOString());
    const path = `/compat/atomic/v1/${workspace.id}/analytics/batched?from=${from}&to=${to}`;
    const headers = { authorization: `Bearer ${key}`, "x-forwarded-proto": "https" };
    const { body } = await answerTo(new Request(`http://atlas.test${path}`, { headers }));
    const [link = ""] = Object.values<string[]>(body.data).at(-1) ?? [];
    expect(new URL(link).origin).toBe("https://atlas.test");
  });

  it("give the events of an hour, sent or not, oldest first, each as its webhook would carry it", async () => {
    await call("POST", "/v1/events", {
      key: workspace.key,
      body: '{"type":"card-completed","data":{"n":\n12345678901234567890,\r\n"text":"a\\nb"},"context":{"endUserId":"u1"}}',
    });
    await call("POST", "/v1/events", {
      key: workspace.key,
      body: { type: "card-dismissed", data: { id: "own", note: 'say "hi", twice' } },
    });
    const answer = await follow(await runningHour());
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = answer.text.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('"n": 12345678901234567890,');
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      analyticsEvent: "card-completed",
      endUserId: "u1",
      text: "a\nb",
    });
    expect(second).toMatchObject({ id: "own", analyticsEvent: "card-dismissed" });
  });

  it("come as csv too", async () => {
    const answer = await follow(await runningHour("csv"));
    expect(answer.headers.get("content-type")).toMatch(/^text\/csv/);
    const [head, first, second] = answer.text.split("\r\n");
    expect(head).toBe("id,analyticsEvent,endUserId,timestamp,data");
    expect(first).toMatch(/^evt_[0-9A-Z]+,card-completed,u1,\d{4}-.*Z,"\{""id""/);
    expect(second).toMatch(/^own,card-dismissed,,/);
    expect(second).toContain('say \\""hi\\"", twice');
  });

  it("are streamed page by page, and come whole", async () => {
    const other = await newWorkspace();
    for (let batch = 0; batch < 3; batch++) {
      const events = Array.from({ length: 600 }, (_, n) => ({
        type: "card-displayed",
        data: { n: batch * 600 + n },
      }));
      await call("POST", "/v1/events/batch", { key: other.key, body: { events } });
    }
    const range = `from=${new Date(Date.now() - 1000).toISOString()}&to=${new Date().toISOString()}`;
    const { body } = await call("GET", `/compat/atomic/v1/${other.id}/analytics/batched?${range}`, {
      key: other.key,
    });
    const texts = await Promise.all(Object.values<string[]>(body.data).map(([link]) => follow(link ?? "")));
    const numbers = texts.flatMap(({ text }) =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line).n),
    );
    expect(numbers).toEqual(Array.from({ length: 1800 }, (_, n) => n));
  });

  it("are empty for an hour without events", async () => {
    const from = new Date(Date.now() - 5 * HOUR_MS).toISOString();
    const to = new Date(Date.now() - 4 * HOUR_MS).toISOString();
    const { body } = await batched(`from=${from}&to=${to}`);
    const [link] = Object.values<string[]>(body.data)[0] ?? [];
    expect((await follow(link ?? "")).text).toBe("");
  });

  it("are links that 15 minutes end", async () => {
    const link = await runningHour();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 14 * 60_000);
    expect((await follow(link)).status).toBe(200);
    vi.setSystemTime(Date.now() + 61_000);
    const answer = await follow(link);
    expect([answer.status, answer.body.code]).toEqual([403, "link_invalid"]);
  });

  it("are links that nobody can change", async () => {
    const link = await runningHour();
    const other = await newWorkspace();
    const changed = [
      link.replace(workspace.id, other.id),
      link.replace(/T\d\d\./, "T99."),
      link.replace(/\d{4}-/, "2020-"),
      link.replace(".ndjson", ".csv"),
      link.replace(/expires=(\d)/, "expires=9$1"),
      link.replace(/signature=.{4}/, "signature=AAAA"),
      link.replace(/&signature=.*/, ""),
      link.replace(/\?.*/, ""),
    ];
    for (const one of changed) expect((await follow(one)).status, one).toBe(403);
  });

  it.each([
    ["from=2020-03-01&to=2020-04-01", ["to"]],
    ["from=2020-03-02&to=2020-03-01", ["to"]],
    ["from=yesterday&to=2020-03-01", ["from"]],
    ["to=2020-03-01", ["from"]],
    ["from=2020-03-01&to=2020-03-02&format=parquet", ["format"]],
  ])("answer 400 to %s", async (query, fields) => {
    const answer = await batched(query);
    expect(answer.status).toBe(400);
    expect(badFields(answer)).toEqual(fields);
  });

  it("are for the workbench", async () => {
    const query = "from=2020-03-01&to=2020-03-02";
    expect((await batched(query, await newKey(workspace, "reader"))).status).toBe(403);
    expect((await batched(query, (await newWorkspace()).key)).status).toBe(404);
  });
});
