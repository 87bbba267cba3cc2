import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newKey, newWorkspace, type Workspace } from "./client.ts";

const HOUR_MS = 3_600_000;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const rotate = (id: string, body?: object) =>
  call("POST", `/v1/endpoints/${id}/secret/rotate`, { key: workspace.key, body });
const patch = (id: string, body: object) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const secretOf = async (id: string) =>
  (await call("GET", `/v1/endpoints/${id}/secret`, { key: workspace.key })).body;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

describe.each(["support", "atomic", "brokers"])(
  "a rotation of %s, whose header holds one signature",
  (dialect) => {
    const create = () => newEndpoint(workspace, { dialect, secret: randomUUID() });

    it("lets the old secret sign until the end of the grace, and says so", async () => {
      const made = await create();
      const { status, body } = await rotate(made.id);
      expect(status).toBe(200);
      expect(Date.parse(body.switch_at) - Date.now()).toBeGreaterThan(23.9 * HOUR_MS);
      expect(body).toMatchObject({
        switch_at: body.previous_expires_at,
        signing: [
          { secret: made.secret, from: null, until: body.switch_at },
          { secret: body.secret, from: body.switch_at, until: null },
        ],
      });
      const { switch_at, signing } = body;
      expect(await secretOf(made.id)).toEqual({
        ...{ secret: body.secret, public_key: null, switch_at, signing },
        previous: [{ secret: made.secret, expires_at: body.previous_expires_at }],
      });
    });

    it("lets it sign until `switch_at`, within the grace", async () => {
      const made = await create();
      const switchAt = inHours(3);
      const { body } = await rotate(made.id, { switch_at: switchAt });
      expect(body.switch_at).toBe(switchAt);
      expect(Date.parse(body.previous_expires_at)).toBeGreaterThan(Date.parse(switchAt));
      const longer = await rotate(made.id, { switch_at: inHours(100) });
      expect(longer.body.previous_expires_at).toBe(longer.body.switch_at);
    });

    it.each([{ switch_at: "now" }, { grace_hours: 0 }, { grace_hours: 0, switch_at: "now" }])(
      "%o lets the new one sign at once",
      async (body) => {
        const answer = await rotate((await create()).id, body);
        expect(answer.body).toMatchObject({
          switch_at: null,
          signing: [{ secret: answer.body.secret, from: null, until: null }],
        });
      },
    );

    it("twice in a row keeps what the first one promised", async () => {
      const made = await create();
      const first = await rotate(made.id, { switch_at: inHours(1) });
      const second = await rotate(made.id, { switch_at: inHours(2) });
      expect(second.body.signing).toEqual([
        { secret: made.secret, from: null, until: first.body.switch_at },
        { secret: first.body.secret, from: first.body.switch_at, until: second.body.switch_at },
        { secret: second.body.secret, from: second.body.switch_at, until: null },
      ]);
      const ended = await rotate(made.id, { switch_at: "now" });
      expect(ended.body.signing).toEqual([{ secret: ended.body.secret, from: null, until: null }]);
    });

    it("moves its switch-over where the current secret is named again", async () => {
      const made = await create();
      const { secret } = (await rotate(made.id)).body;
      const switchAt = inHours(30);
      expect((await rotate(made.id, { secret, switch_at: switchAt })).body.switch_at).toBe(switchAt);
      expect((await rotate(made.id, { secret })).body.switch_at).toBe(switchAt);
      const now = (await rotate(made.id, { secret, switch_at: "now" })).body;
      expect([now.secret, now.switch_at]).toEqual([secret, null]);
    });

    it("refuses a switch-over that is past, after the grace, too far off, or no time", async () => {
      const made = await create();
      const before = await secretOf(made.id);
      for (const body of [
        { switch_at: inHours(-1) },
        { switch_at: inHours(2), grace_hours: 1 },
        { switch_at: inHours(169) },
        { switch_at: "soon" },
        { switch_at: null },
      ]) {
        const answer = await rotate(made.id, body);
        expect([answer.status, badFields(answer)], JSON.stringify(body)).toEqual([422, ["switch_at"]]);
      }
      expect(await secretOf(made.id)).toEqual(before);
    });
  },
);

it("a rotation of a dialect that signs with every secret refuses `switch_at`, and says what to use", async () => {
  for (const dialect of ["standard", "atlas"]) {
    const { id } = await newEndpoint(workspace, { dialect });
    const answer = await rotate(id, { switch_at: "now" });
    expect([answer.status, badFields(answer)]).toEqual([422, ["switch_at"]]);
    expect(answer.body.detail).toContain("grace_hours");
  }
});

describe("PATCH of a secret", () => {
  it.each(["standard", "support"])("is a rotation with the same grace: %s", async (dialect) => {
    const made = await newEndpoint(workspace, { dialect });
    const running = (await rotate(made.id, { grace_hours: 30 })).body;
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect((await patch(made.id, { secret })).status).toBe(200);
    const { previous, ...shown } = await secretOf(made.id);
    expect(shown.secret).toBe(secret);
    expect(previous.map((one: { secret: string }) => one.secret)).toEqual([running.secret, made.secret]);
    for (const { expires_at } of previous)
      expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(23.9 * HOUR_MS);
    // Sent once more, it ends no grace, and is no further rotation.
    await patch(made.id, { secret });
    expect(await secretOf(made.id)).toEqual({ previous, ...shown });
  });

  it("refuses what a rotation refuses: one too many, another form, its mask", async () => {
    const made = await newEndpoint(workspace, { dialect: "brokers", secret: "first" });
    for (const secret of ["2", "3", "4", "5"]) expect((await patch(made.id, { secret })).status).toBe(200);
    const sixth = await patch(made.id, { secret: "6" });
    expect([sixth.status, sixth.body.code]).toEqual([409, "too_many_secrets"]);
    expect(badFields(await patch(made.id, { secret: "***" }))).toEqual(["secret"]);
    const { id } = await newEndpoint(workspace);
    expect(badFields(await patch(id, { secret: "short" }))).toEqual(["secret"]);
  });

  it("with null, where the dialect allows it, ends all secrets", async () => {
    const made = await newEndpoint(workspace, { dialect: "brokers", secret: "first" });
    await patch(made.id, { secret: "second" });
    expect((await patch(made.id, { secret: null })).status).toBe(200);
    expect(await secretOf(made.id)).toMatchObject({ secret: null, signing: [], previous: [] });
  });
});

it("the atomic contract's list shows the secret that signs", async () => {
  const own = await newWorkspace();
  const key = await newKey(own, "workbench");
  const path = `/compat/atomic/v1/${own.id}/webhook`;
  const body = { types: ["card-completed"], url: "https://receiver.example/" };
  const made = (await call("POST", path, { key, body })).body.data;
  const shown = async () => (await call("GET", path, { key })).body.data[0].secret;
  const rotateOwn = (given: object) =>
    call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: own.key, body: given });
  const rotated = (await rotateOwn({})).body;
  expect(await shown()).toBe(made.secret);
  await rotateOwn({ secret: rotated.secret, switch_at: "now" });
  expect(await shown()).toBe(rotated.secret);
});
