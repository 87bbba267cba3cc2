import { beforeAll, expect, it } from "vitest";
import { catalogue, sampleData } from "../../src/catalog/index.ts";
import { dialects } from "../../src/dialects/index.ts";
import type { Attempt } from "../../src/domain/delivery.ts";
import type { Event } from "../../src/domain/event.ts";
import type { Env } from "../../src/env.ts";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const attempt: Attempt = {
  number: 1,
  startedAt: 1_763_631_000_000,
  durationMs: 5,
  outcome: "success",
  error: null,
  request: { method: "POST", url: "https://receiver.example/hook", headers: {} },
  response: { status: 204, headers: {}, body: "", encoding: "utf8", truncated: false },
};

it.each(Object.keys(dialects))(
  "two tests of %s differ in every id by which receivers deduplicate",
  async (dialect) => {
    const { id } = await newEndpoint(workspace, { dialect });
    const sent: Event[] = [];
    const stub = {
      test: async ({ event }: { event: Event }) => {
        sent.push(event);
        return attempt;
      },
    };
    const ENDPOINT = { getByName: () => stub } as unknown as Env["ENDPOINT"];
    const types = catalogue.filter(({ contracts }) => contracts.includes(dialect)).map(({ type }) => type);
    for (const type of types) {
      sent.length = 0;
      const body = { type };
      for (let n = 0; n < 2; n++)
        await call("POST", `/v1/endpoints/${id}/test`, { key: workspace.key, body, env: { ENDPOINT } });
      const [one, two] = sent.map((event) => ({ ...JSON.parse(event.data), event: event.id }));
      expect(one.event).not.toBe(two.event);
      const sample = sampleData(type, dialect);
      for (const name of ["id", "callId", "messageId"]) {
        if (!(name in sample)) continue;
        expect(new Set([one[name], two[name], sample[name]]).size, `${type} ${name}`).toBe(3);
      }
      // All else is as the sample has it.
      const { id: _a, callId: _b, messageId: _c, event: _d, ...rest } = one;
      expect(sample).toMatchObject(rest);
    }
  },
);

it("a test of a type without a sample is refused and sends nothing; the workspace's own types have theirs", async () => {
  const { id } = await newEndpoint(workspace);
  const sent: Event[] = [];
  const stub = {
    test: async ({ event }: { event: Event }) => {
      sent.push(event);
      return attempt;
    },
  };
  const ENDPOINT = { getByName: () => stub } as unknown as Env["ENDPOINT"];
  const test = (body?: object) =>
    call("POST", `/v1/endpoints/${id}/test`, { key: workspace.key, body, env: { ENDPOINT } });
  const refused = await test({ type: "parcel.lost" });
  expect(refused.status).toBe(422);
  expect(badFields(refused)).toEqual(["type"]);
  expect(sent).toEqual([]);
  const body = { type: "parcel.lost", category: "Parcels", description: "Gone.", sample: { id: "p_1" } };
  expect((await call("POST", "/v1/event-types", { key: workspace.key, body })).status).toBe(201);
  for (const type of ["parcel.lost", "deal.created", "webhooks.endpoint.failing", undefined]) {
    expect((await test(type === undefined ? undefined : { type })).status).toBe(200);
  }
  expect(sent.map(({ type }) => type)).toEqual([
    ...["parcel.lost", "deal.created", "webhooks.endpoint.failing"],
    expect.any(String),
  ]);
  expect(sent[0]?.data).toMatch(/^\{"id":"p_[0-9a-f]{16}"\}$/);
});
