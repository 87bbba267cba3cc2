import { HTTP } from "cloudevents";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, type Json } from "./client.ts";
import { ContractUsers } from "./contract-users.ts";
import { eventually } from "./eventually.ts";
import { type ReceivedRequest, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";
import { verify } from "./verification.ts";

/*
 * Each contract as its users know it: its own subscribe call, an event, and the verification that its receivers do.
 */

let service: Service;
let receiver: Receiver;
let workspaceId: string;
let users: ContractUsers;

beforeAll(async () => {
  service = await Service.start();
  users = await ContractUsers.of(service);
  workspaceId = users.workspaceId;
});

afterAll(async () => {
  await service.remove();
});

beforeEach(async () => {
  receiver = await Receiver.start();
  return () => receiver.stop();
});

const voiceHook = (more: Json = {}) => ({
  hookUrl: receiver.url,
  campaignId: "cmp_1",
  triggerName: "call_started",
  provider: "custom",
  ...more,
});

/** Publishes the catalog's sample of a type; its id. */
async function publishSample(type: string, more: Json = {}): Promise<string> {
  const { sample } = await service.client.get<{ sample: Json }>(`/v1/event-types/${type}`);
  return service.client.publish({ type, data: sample, ...more });
}

async function firstRequest(): Promise<ReceivedRequest> {
  return (await receiver.received(1))[0] as ReceivedRequest;
}

describe("a user of each contract", () => {
  it("atlas: subscribes, gets the documented request, verifies it as with Stripe", async () => {
    const { secret } = await service.client.createEndpoint({
      url: receiver.url,
      dialect: "atlas",
      types: ["deal.created"],
    });
    const data = { id: "deal_01HFXZR2V3", value: 48000, stage: "qualified" };
    const id = await service.client.publish({ type: "deal.created", created: 1712345678, data });
    const request = await firstRequest();
    expect(verify.atlas?.(request, secret)).toEqual({
      id,
      type: "deal.created",
      created: 1712345678,
      api_version: "2026-01-15",
      sequence: 1,
      data,
    });
    expect(request.headers["atlas-attempt"]).toBe("1");
  });

  it("standard: subscribes and verifies with the specification's library", async () => {
    const { secret } = await service.client.createEndpoint({ url: receiver.url, types: ["contact.created"] });
    const id = await publishSample("contact.created");
    const request = await firstRequest();
    expect(verify.standard?.(request, secret)).toMatchObject({ type: "contact.created" });
    expect(request.headers["webhook-id"]).toBe(id);
  });

  it("voice: subscribes a campaign's trigger, gets it in an array, lists and unsubscribes", async () => {
    const made = await users.voice("POST", "/events-gateway/trigger/subscribe", voiceHook());
    expect(made).toEqual({
      status: 201,
      body: { id: made.body.id, campaignId: "cmp_1", triggerName: "call_started" },
    });
    await publishSample("call_started", { context: { campaignId: "cmp_2" } });
    await publishSample("call_completed", { context: { campaignId: "cmp_1" } });
    await publishSample("call_started", { context: { campaignId: "cmp_1" } });
    const request = await firstRequest();
    expect(request.headers["content-type"]).toBe("application/json");
    expect(verify.voice?.(request, "")).toMatchObject({ callId: "call_9f31c2" });
    const listed = await users.voice("GET", "/events-gateway/trigger/list?campaignId=cmp_1");
    expect(listed.body).toEqual([
      { ...voiceHook(), id: made.body.id, hookUrl: expect.stringMatching(/\/webh\*\*\*$/) },
    ]);
    expect(await users.voice("DELETE", "/events-gateway/trigger/unsubscribe", voiceHook())).toEqual({
      status: 200,
      body: {},
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it("brokers: sets a secret of its own, gets deal.won as documented, verifies it", async () => {
    const secret = "our own words, with spaces";
    await service.client.createEndpoint({
      url: receiver.url,
      dialect: "brokers",
      types: ["lead.created", "deal.won"],
      secret,
    });
    await publishSample("deal.won");
    expect(verify.brokers?.(await firstRequest(), secret)).toEqual({
      event: "deal.won",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      workspaceId,
      data: {
        id: "deal_mno321",
        title: "Home Insurance Policy — Mitchell",
        value: 2400,
        currency: "CAD",
        closedAt: "2026-03-05T09:00:00.000Z",
      },
    });
  });

  it("atomic: subscribes as the workbench, gets the documented body, tests and disables", async () => {
    const made = await users.atomic("POST", "/webhook", {
      types: ["card-published", "card-completed"],
      url: receiver.url,
      headers: { "My-Custom-Header": "123" },
    });
    expect(made.status, made.text).toBe(201);
    const { id, secret } = made.body.data;
    await publishSample("card-completed");
    const request = await firstRequest();
    expect(request.headers["my-custom-header"]).toBe("123");
    const { sample } = await service.client.get<{ sample: Json }>("/v1/event-types/card-completed");
    expect(verify.atomic?.(request, secret)).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      environmentId: workspaceId,
      webhookId: id,
      isBatched: false,
      data: sample,
    });
    const tested = await users.atomic("POST", `/webhook/${id}/test`);
    expect(tested.body, tested.text).toMatchObject({ data: { outcome: "success", statusCode: 200 } });
    const [, test] = await receiver.received(2);
    expect(verify.atomic?.(test as ReceivedRequest, secret)).toMatchObject({
      data: { analyticsEvent: "card-published" },
    });
    expect((await users.atomic("DELETE", `/webhook/${id}`)).status).toBe(204);
    await publishSample("card-completed");
    expect((await service.client.get(`/v1/endpoints/${id}`)).status).toBe("disabled");
  });

  it("atomic: gets what could not be sent from the hourly files", async () => {
    const id = await publishSample("card-expired", { context: { endUserId: "user-7" } });
    const now = new Date().toISOString();
    const before = new Date(Date.now() - 1000).toISOString();
    const answer = await users.atomic("GET", `/analytics/batched?from=${before}&to=${now}&format=ndjson`);
    const links = Object.values(answer.body.data as unknown as Record<string, string[]>).flat();
    const files = await Promise.all(links.map(async (link) => (await fetch(link)).text()));
    const lines = files
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);
    expect(
      lines.some((line) => line.analyticsEvent === "card-expired"),
      id,
    ).toBe(true);
    const changed = await fetch((links[0] ?? "").replace("signature=", "signature=x"));
    expect(changed.status).toBe(403);
  });

  it("support: subscribes a topic, gets it as a string in ASCII, verifies it as its own code does", async () => {
    const { secret } = await service.client.createEndpoint({
      url: receiver.url,
      dialect: "support",
      types: ["customer_notes.deleted"],
    });
    const data = { id: "note_1", text: "Zoë — 😀", edited: false };
    await service.client.publish({ type: "customer_notes.deleted", data });
    expect(verify.support?.(await firstRequest(), secret)).toEqual({ event: "customer_notes.deleted", data });
  });
});

describe("one event for six endpoints of six contracts", () => {
  it("arrives six times in six shapes, each valid", async () => {
    const type = "shared.type";
    const names = Object.keys(verify);
    const receivers = await Promise.all(names.map(() => Receiver.start()));
    const secrets = await Promise.all(
      names.map(async (dialect, n) => {
        const own = dialect === "brokers" ? { secret: "a secret" } : {};
        const url = receivers[n]?.url;
        return (await service.client.createEndpoint({ url, dialect, types: [type], ...own })).secret;
      }),
    );
    await service.client.publish({ type, data: { id: "x", word: "naïve" } });
    const bodies = await Promise.all(
      names.map(async (dialect, n) => {
        const [request] = (await receivers[n]?.received(1)) ?? [];
        const said = verify[dialect]?.(request as ReceivedRequest, secrets[n] ?? "");
        const { data = said } = (said ?? {}) as { data?: Json };
        expect(data, dialect).toMatchObject({ id: "x", word: "naïve" });
        return request?.body.toString();
      }),
    );
    expect(new Set(bodies).size).toBe(6);
    expect(receivers.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 1, 1]);
    await Promise.all(receivers.map((one) => one.stop()));
  });
});

describe("a call that is wrong", () => {
  it("gets the contract's own error: wrong key, wrong role", async () => {
    const subscribe = "/events-gateway/trigger/subscribe";
    expect((await users.voice("POST", subscribe, voiceHook(), "ak_wrong")).status).toBe(401);
    const reader = await users.keyOf("reader");
    expect((await users.voice("POST", subscribe, voiceHook(), reader.key)).status).toBe(403);
    const webhook = { types: ["card-published"], url: receiver.url };
    const unknown = new Client(service.url, "ak_wrong");
    expect((await users.atomic("POST", "/webhook", webhook, unknown)).status).toBe(401);
    expect((await users.atomic("POST", "/webhook", webhook, reader)).status).toBe(403);
    expect((await reader.request("POST", "/v1/endpoints", { url: receiver.url })).status).toBe(403);
  });

  it("gets the contract's own error: wrong campaign, wrong value, unknown id", async () => {
    const answer = await users.voice(
      "POST",
      "/events-gateway/trigger/subscribe",
      voiceHook({ triggerName: "ended" }),
    );
    expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
    await users.voice("POST", "/events-gateway/trigger/subscribe", voiceHook({ campaignId: "cmp_9" }));
    const other = voiceHook({ campaignId: "cmp_10" });
    expect((await users.voice("DELETE", "/events-gateway/trigger/unsubscribe", other)).status).toBe(404);
    expect((await users.atomic("DELETE", "/webhook/ep_unknown")).status).toBe(404);
    expect((await users.atomic("POST", "/webhook/ep_unknown/test")).status).toBe(404);
    expect((await users.atomic("POST", "/webhook", { types: [], url: receiver.url })).status).toBe(400);
  });
});

it("voice: the receiver's URL is in no line that the service prints, and in no record", async () => {
  const hookUrl = `${receiver.url}/very-secret-path?token=very-secret-token`;
  receiver.answer = () => ({ kind: "status", status: 500 });
  const { body } = await users.voice("POST", "/events-gateway/trigger/subscribe", voiceHook({ hookUrl }));
  await publishSample("call_started", { context: { campaignId: "cmp_1" } });
  const path = `/v1/endpoints/${String(body.id)}/deliveries`;
  const delivery = await eventually("an attempt on record", async () => {
    const { data } = await service.client.get<{ data: Json[] }>(path);
    return data.find((one) => one.attempt_count === 1);
  });
  const shown = await service.client.request("GET", `${path}/${String(delivery.id)}`);
  const list = await service.client.request("GET", "/v1/endpoints?dialect=voice");
  for (const text of [shown.text, list.text, service.process.stdout(), service.process.stderr()]) {
    expect(text).not.toContain("very-secret");
  }
});

describe("cloudevents", () => {
  it.each(["structured", "binary"])(
    "is read by the CloudEvents SDK, %s, and shown as it was sent",
    async (mode) => {
      const { id } = await service.client.createEndpoint({
        url: receiver.url,
        types: ["cloud.event"],
        dialect: "cloudevents",
        dialect_options: { mode, source: "/shop" },
      });
      const event = { type: "cloud.event", data: { value: 1 }, context: { subject: "deal_1" } };
      const eventId = (await service.client.request("POST", "/v1/events", event)).body.id;
      const [request] = await receiver.received(1);
      const read = HTTP.toEvent({ headers: request?.headers ?? {}, body: request?.body.toString() });
      expect(read).toMatchObject({
        ...{ id: eventId, source: "/shop", type: "cloud.event", subject: "deal_1", data: { value: 1 } },
      });
      const [delivery] = await eventually("it is on record", async () => {
        const { data } = await service.client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`);
        return data[0]?.status === "delivered" && data;
      });
      const other = { mode: mode === "binary" ? "structured" : "binary", source: "/other" };
      await service.client.request("PATCH", `/v1/endpoints/${id}`, { dialect_options: other });
      const shown = await service.client.get<{ body: string }>(
        `/v1/endpoints/${id}/deliveries/${delivery?.id}/request`,
      );
      expect(shown.body).toBe(request?.body.toString());
      await service.client.request("DELETE", `/v1/endpoints/${id}`);
    },
  );
});
