import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, OPERATOR, type Workspace } from "../api/client.ts";

let workspace: Workspace;
let endpointId: string;
let eventId: string;

beforeAll(async () => {
  workspace = await newWorkspace();
  endpointId = (await newEndpoint(workspace)).id;
  const body = { type: "a.b", data: {} };
  eventId = (await call("POST", "/v1/events", { key: workspace.key, body })).body.id;
});

const lists: [string, () => string, boolean][] = [
  ["audit", () => "/v1/audit", false],
  ["workspaces", () => "/v1/workspaces", true],
  ["keys", () => "/v1/keys", false],
  ["endpoints", () => "/v1/endpoints", false],
  ["event types", () => "/v1/event-types", false],
  ["events", () => "/v1/events", false],
  ["deliveries", () => `/v1/endpoints/${endpointId}/deliveries`, false],
  ["event deliveries", () => `/v1/events/${eventId}/deliveries`, false],
  ["replays", () => `/v1/endpoints/${endpointId}/replays`, false],
];

describe.each(lists)("the list of %s", (kind, path, isOperators) => {
  const get = (cursor: string) => {
    const query = `?cursor=${encodeURIComponent(cursor)}`;
    return call("GET", path() + query, { key: isOperators ? OPERATOR : workspace.key });
  };
  const madeUp = (text: string) => Buffer.from(text).toString("base64url");

  it("refuses a cursor that it did not give", async () => {
    const places = ["", "NaN", "-1", "1e999", "9".repeat(400), "0x10", "' OR 1=1 --", "\0", "{}", "1 2", "%"];
    const cursors = [
      "",
      "=",
      "💥",
      "%00",
      "a".repeat(2000),
      "a".repeat(2001),
      madeUp(kind),
      madeUp("other:1"),
    ];
    // A list of types may start at anything that can be a type's name.
    const impossible = places.filter((place) => kind !== "event types" || !/^[\w.-]{1,128}$/.test(place));
    for (const cursor of [...cursors, ...impossible.map((place) => madeUp(`${kind}:${place}`))]) {
      const answer = await get(cursor);
      expect([cursor, answer.status, badFields(answer)]).toEqual([cursor, 422, ["cursor"]]);
    }
  });
});
