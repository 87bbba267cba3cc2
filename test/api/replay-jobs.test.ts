import { describe, expect, it } from "vitest";
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

describe("a dry run of one endpoint", () => {
  it("counts, tells the first, the last and some of the events and how long they take, and makes nothing", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const settings = { status: "paused", types: ["dry.*"], rate_limit: { per_second: 2 } };
    const { id } = await newEndpoint(workspace, settings);
    const path = `/v1/endpoints/${id}`;
    const events = Array.from({ length: 7 }, (_, n) => ({ type: "dry.run", id: `own-${n}`, data: { n } }));
    await call("POST", "/v1/events/batch", { key, body: { events } });
    const pending = async () =>
      (await call("GET", `${path}/deliveries?status=pending`, { key })).body.data.length;
    await expect.poll(pending, { timeout: 20_000 }).toBe(7);
    await call("POST", `${path}/cancel`, { key });
    await expect.poll(pending, { timeout: 20_000 }).toBe(0);
    await call("PATCH", path, { key, body: { status: "disabled" } });
    const started = await call("POST", `${path}/replays?dry_run=true`, { key });
    expect([started.status, started.body.dry_run, started.body.select.status]).toEqual([202, true, "any"]);
    await expect
      .poll(async () => (await call("GET", `${path}/replays/${started.body.id}`, { key })).body.state, {
        timeout: 20_000,
      })
      .toBe("done");
    const { body } = await call("GET", `${path}/replays/${started.body.id}`, { key });
    expect(body).toMatchObject({ total: 7, done: 0, preview: { estimated_seconds: 3.5 } });
    const { first_accepted_at: first, last_accepted_at: last, sample } = body.preview;
    expect(sample.map((one: { id: string }) => one.id)).toEqual([
      "own-0",
      "own-1",
      "own-2",
      "own-3",
      "own-4",
    ]);
    expect(sample[0]).toMatchObject({ type: "dry.run", endpoint_id: id, accepted_at: first });
    expect(Date.parse(last)).toBeGreaterThanOrEqual(Date.parse(first));
    expect((await call("GET", `${path}/replays`, { key })).body.data).toEqual([]);
    expect((await call("GET", `${path}/deliveries`, { key })).body.data).toHaveLength(7);
    const wanted = await call("POST", `${path}/replays`, { key });
    expect([wanted.status, wanted.body.code]).toEqual([409, "endpoint_disabled"]);
    expect(badFields(await call("POST", `${path}/replays?dry_run=yes`, { key }))).toEqual(["dry_run"]);
  });

  it("is not taken for the replay itself where an Idempotency-Key is used again", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const { id } = await newEndpoint(workspace, { status: "paused" });
    const headers = { "Idempotency-Key": "once" };
    const post = (query: string) => call("POST", `/v1/endpoints/${id}/replays${query}`, { key, headers });
    expect((await post("?dry_run=true")).status).toBe(202);
    expect([(await post("")).body.code, (await post("?dry_run=true")).body.dry_run]).toEqual([
      "idempotency_conflict",
      true,
    ]);
  });
});

describe("a replay over several endpoints", () => {
  it("is refused, and none is made, for endpoints that are unknown or disabled, and for what is no selection", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const paused = await newEndpoint(workspace, { status: "paused" });
    const disabled = await newEndpoint(workspace);
    const theirs = await newEndpoint(await newWorkspace(), { status: "paused" });
    const post = (body: object) => call("POST", "/v1/replays", { key, body });
    const unknown = await post({ status: "dead", endpoint_ids: [paused.id, theirs.id] });
    expect([unknown.status, unknown.body.code]).toEqual([404, "not_found"]);
    const off = await post({ status: "dead", endpoint_ids: [paused.id, disabled.id] });
    expect([off.status, off.body.code]).toEqual([409, "endpoint_disabled"]);
    for (const [body, path] of [
      [{}, "status"],
      [{ dry_run: true, rate_per_second: 5 }, "status"],
      [{ status: "lost" }, "status"],
      [{ status: "any", error: "timeout" }, "error"],
      [{ status: "delivered", response_status: "5xx" }, "response_status"],
      [{ status: "dead", error: "nothing" }, "error"],
      [{ status: "dead", endpoint_ids: [paused.id, paused.id] }, "endpoint_ids"],
      [{ status: "dead", endpoint_ids: [] }, "endpoint_ids"],
      [{ status: "dead", types: ["deal*"] }, "types[0]"],
      [{ status: "dead", from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }, "to"],
      [{ status: "dead", event_ids: ["x"] }, "event_ids"],
    ] as const) {
      const refused = await post(body);
      expect([refused.status, badFields(refused)], JSON.stringify(body)).toEqual([422, [path]]);
    }
    expect((await call("GET", "/v1/replays", { key })).body.data).toEqual([]);
  });

  it("counts in a dry run, of any status where types are given and none is, passes disabled endpoints over, and leaves no record of those with nothing to replay", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const ids: string[] = [];
    for (let n = 0; n < 3; n++)
      ids.push((await newEndpoint(workspace, { status: "paused", types: ["dry.*"] })).id);
    await newEndpoint(workspace);
    await newEndpoint(workspace, { status: "paused", types: ["other"] });
    for (const type of ["dry.a", "dry.b"])
      await call("POST", "/v1/events", { key, body: { type, data: {} } });
    const counted = async (query = "") =>
      (await call("GET", `/v1/deliveries?${query}`, { key })).body.data.length;
    const pending = () => counted("status=pending");
    // None is on its way any more: it would be pending after the others were canceled.
    await expect.poll(() => counted()).toBe(6);
    for (const id of ids) await call("POST", `/v1/endpoints/${id}/cancel`, { key });
    await expect.poll(pending).toBe(0);
    const { status, body } = await call("POST", "/v1/replays", {
      key,
      body: { types: ["dry.a"], dry_run: true },
    });
    expect([status, body]).toMatchObject([
      202,
      { state: "done", dry_run: true, endpoints: 4, total: 3, done: 0, failed: 0 },
    ]);
    const jobs = await call("GET", `/v1/replays/${body.id}/jobs`, { key });
    expect(jobs.body.data.map((job: { endpoint_id: string }) => job.endpoint_id)).toEqual(ids.toReversed());
    const first = await call("GET", `/v1/replays/${body.id}/jobs?limit=2`, { key });
    const second = await call("GET", `/v1/replays/${body.id}/jobs?limit=2&cursor=${first.body.next_cursor}`, {
      key,
    });
    expect([...first.body.data, ...second.body.data]).toEqual(jobs.body.data);
    expect(await pending()).toBe(0);
    expect((await call("GET", `/v1/endpoints/${ids[0]}/replays`, { key })).body.data).toEqual([]);
  });

  it("is refused while ten of them run", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const { id } = await newEndpoint(workspace, { types: ["ten"] });
    const events = Array(5).fill({ type: "ten", data: {} });
    await call("POST", "/v1/events/batch", { key, body: { events } });
    await call("PATCH", `/v1/endpoints/${id}`, { key, body: { status: "paused" } });
    // So slow that none of them ends.
    const start = () =>
      call("POST", "/v1/replays", { key, body: { status: "missed", rate_per_second: 0.01 } });
    const running: string[] = [];
    for (let n = 0; n < 10; n++) running.push((await start()).body.id);
    const refused = await start();
    expect([refused.status, refused.body.code]).toEqual([409, "limit_reached"]);
    expect((await call("DELETE", `/v1/replays/${running[0]}`, { key })).status).toBe(204);
    const another = await start();
    expect(another.status).toBe(202);
    for (const one of [...running, another.body.id]) await call("DELETE", `/v1/replays/${one}`, { key });
    const { body } = await call("GET", "/v1/replays", { key });
    expect(new Set(body.data.map((batch: { state: string }) => batch.state))).toEqual(new Set(["canceled"]));
  });
});

describe("the replays of portal sessions", () => {
  async function customers() {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const session = async (customer: string) =>
      (await call("POST", "/v1/portal-sessions", { key, body: { metadata: { customer } } })).body
        .token as string;
    const made = (customer: string) =>
      newEndpoint(workspace, { types: ["slow"], metadata: { customer } }) as Promise<{ id: string }>;
    const [acme, globex] = [await made("acme"), await made("globex")];
    await call("POST", "/v1/events/batch", {
      key,
      body: { events: Array(20).fill({ type: "slow", data: {} }) },
    });
    for (const { id } of [acme, globex])
      await call("PATCH", `/v1/endpoints/${id}`, { key, body: { status: "paused" } });
    return { key, session, acme, globex };
  }
  const slow = { status: "missed", rate_per_second: 0.01 };

  it("are ten jobs of one customer that run, in whatever session, and leave room for all others", async () => {
    const { key, session, acme, globex } = await customers();
    const start = async (token: string, id: string, query = "") =>
      call("POST", `/v1/endpoints/${id}/replays${query}`, { key: token, body: slow });
    const [first, second] = [await session("acme"), await session("acme")];
    const running: string[] = [];
    for (let n = 0; n < 10; n++) running.push((await start(n < 5 ? first : second, acme.id)).body.id);
    for (const token of [first, second]) {
      const refused = await start(token, acme.id, "?dry_run=true");
      expect([refused.status, refused.body.code]).toEqual([409, "limit_reached"]);
    }
    expect((await start(await session("globex"), globex.id)).status).toBe(202);
    const counted = await start(key, globex.id, "?dry_run=true");
    expect([counted.status, counted.body.state, counted.body.total]).toEqual([202, "done", 20]);
    expect((await start(key, acme.id)).status).toBe(202);
    await call("DELETE", `/v1/endpoints/${acme.id}/replays/${running[0]}`, { key: first });
    expect((await start(second, acme.id)).status).toBe(202);
  });

  it("are two over several endpoints of one customer", async () => {
    const { key, session } = await customers();
    const start = (token: string) => call("POST", "/v1/replays", { key: token, body: slow });
    const token = await session("acme");
    const answers = [await start(token), await start(token), await start(token)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 409]);
    expect([(await start(await session("globex"))).status, (await start(key)).status]).toEqual([202, 202]);
  });
});

it("a replay to one endpoint goes on while slow ones to others wait, and so does one over several, and a dry run", async () => {
  const workspace = await newWorkspace();
  const { key } = workspace;
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await newEndpoint(workspace, { types: ["slow"] })).id);
  await call("POST", "/v1/events/batch", {
    key,
    body: { events: Array(5).fill({ type: "slow", data: {} }) },
  });
  for (const id of ids) await call("PATCH", `/v1/endpoints/${id}`, { key, body: { status: "paused" } });
  const start = (id: string, body: object) =>
    call("POST", `/v1/endpoints/${id}/replays`, { key, body: { status: "missed", ...body } });
  const path = (job: { body: { id: string } }, id?: string) => `/v1/endpoints/${id}/replays/${job.body.id}`;
  const state = async (at: string) => (await call("GET", at, { key })).body;
  const slow = [];
  for (const id of ids.slice(0, 2)) slow.push(await start(id, { rate_per_second: 0.01 }));
  for (const [n, job] of slow.entries())
    await expect.poll(async () => (await state(path(job, ids[n]))).done).toBe(1);
  const quick = await start(ids[2] as string, {});
  await expect
    .poll(() => state(path(quick, ids[2])), { timeout: 5000 })
    .toMatchObject({ state: "done", done: 5 });
  const counted = await call("POST", "/v1/replays", {
    key,
    body: { status: "any", types: ["slow"], dry_run: true },
  });
  expect([counted.status, counted.body.state]).toEqual([202, "done"]);
});
