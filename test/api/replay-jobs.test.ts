import { expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace } from "./client.ts";

it("a replay job of what is no event id is refused, by its place, and none is made", async () => {
  const { key, ...workspace } = await newWorkspace();
  const { id } = await newEndpoint({ ...workspace, key }, { status: "paused" });
  const path = `/v1/endpoints/${id}/replays`;
  const known = "evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8";
  const refused = await call("POST", path, { key, body: { event_ids: [known, "order\n31", ""] } });
  expect(refused.status).toBe(422);
  expect(badFields(refused)).toEqual(["event_ids[1]", "event_ids[2]"]);
  expect((await call("GET", path, { key })).body.data).toEqual([]);
  expect((await call("POST", path, { key, body: { event_ids: [known] } })).status).toBe(202);
});
