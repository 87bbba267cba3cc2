import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { type Endpoint, publishMany } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { failed, ok, type ReceivedRequest } from "./receiver.ts";
import { setScene } from "./scene.ts";

interface ReplayJson {
  id: string;
  state: string;
  dry_run: boolean;
  endpoints: number;
  failed: number;
  total: number;
  done: number;
}

describe("all endpoints of a workspace", () => {
  const scene = setScene("wide", { dialect: "atlas", retry: { delays: [] } });

  const get = <Body = Json>(path: string) => scene.service.client.get<Body>(path);
  const replay = async (body: Json, headers = {}) => {
    const answer = await scene.service.client.request<ReplayJson>("POST", "/v1/replays", body, headers);
    expect(answer.status, answer.text).toBe(202);
    return answer.body;
  };
  const untilEnded = ({ id }: ReplayJson) =>
    eventually("the replay to end", async () => {
      const found = await get<ReplayJson>(`/v1/replays/${id}`);
      return found.state !== "running" && found;
    });

  /** Endpoints of which one answers with 500, one with 404, one with 200; so many events each. */
  async function failing(count: number): Promise<[Endpoint, Endpoint, Endpoint]> {
    scene.receiver.answer = ({ path }: ReceivedRequest) => {
      if (path.endsWith("/500")) return failed;
      return path.endsWith("/404") ? { kind: "status", status: 404 } : ok;
    };
    const at = (path: string) => scene.create({ url: `${scene.receiver.url}/${path}` });
    const endpoints = [await at("500"), await at("404"), await at("200")] as const;
    await publishMany(scene.service.client, scene.type, count);
    await endpoints[0].untilCount(count, "dead");
    await endpoints[1].untilCount(count, "dead");
    await endpoints[2].untilCount(count, "delivered");
    return [...endpoints];
  }

  it("tell what failed by status, error and response, in one list, and how they do together", async () => {
    const [five, four, two] = await failing(3);
    const listed = async (query: string) => {
      const { data } = await get<{ data: Json[] }>(`/v1/deliveries?type=${scene.type}&limit=200&${query}`);
      return data.map((row) => row.endpoint_id).toSorted();
    };
    const times = (...endpoints: Endpoint[]) => endpoints.flatMap(({ id }) => [id, id, id]).toSorted();
    expect(await listed("status=dead")).toEqual(times(five, four));
    expect(await listed("error=status&response_status=5xx")).toEqual(times(five));
    expect(await listed("response_status=404")).toEqual(times(four));
    expect(await listed("status=delivered")).toEqual(times(two));
    expect(await listed(`endpoint_id=${five.id}`)).toEqual(times(five));
    const stats = await get<{ data: Json[]; total: Json }>("/v1/stats?window=1h");
    const own = stats.data.filter((row) => [five.id, four.id, two.id].includes(String(row.endpoint_id)));
    expect(own.map(({ delivered, dead }) => [delivered, dead]).toSorted()).toEqual([
      [0, 3],
      [0, 3],
      [3, 0],
    ]);
    expect(Number(stats.total.dead)).toBeGreaterThanOrEqual(6);
  });

  it("replay what is dead by what the last attempt came to; a dry run counts it first, and makes nothing", async () => {
    const [five, four, two] = await failing(4);
    const selection = { status: "dead", types: [scene.type], response_status: "5xx" };
    const counted = await untilEnded(await replay({ ...selection, dry_run: true }));
    expect(counted).toMatchObject({ state: "done", dry_run: true, total: 4, done: 0, failed: 0 });
    expect(counted.endpoints).toBeGreaterThanOrEqual(3);
    expect(await five.get("/replays")).toMatchObject({ data: [] });
    expect(await five.deliveries()).toHaveLength(4);
    scene.receiver.answer = () => ok;
    const done = await untilEnded(await replay(selection));
    expect(done).toMatchObject({ state: "done", dry_run: false, total: 4, done: 4 });
    await five.untilCount(4, "delivered");
    expect(await four.deliveries()).toHaveLength(4);
    const jobs = await get<{ data: Json[] }>(`/v1/replays/${done.id}/jobs`);
    expect(jobs.data).toMatchObject([
      { endpoint_id: five.id, replay_id: done.id, total: 4, done: 4, state: "done" },
    ]);
    expect(await five.get("/replays")).toMatchObject({ data: [{ replay_id: done.id }] });
    // The rest, at named endpoints: what was delivered there is none of it.
    const rest = await untilEnded(await replay({ status: "dead", endpoint_ids: [four.id, two.id] }));
    expect(rest).toMatchObject({ state: "done", endpoints: 2, total: 4, done: 4 });
    await four.untilCount(4, "delivered");
    expect(await untilEnded(await replay({ status: "dead", types: [scene.type] }))).toMatchObject({
      total: 0,
      done: 0,
    });
    const { data } = await get<{ data: ReplayJson[] }>("/v1/replays?limit=2");
    expect(data[1]?.id).toBe(rest.id);
  });

  it("replay once for one Idempotency-Key, and go on after kill -9 with no endpoint left out or taken twice", async () => {
    const endpoints = await failing(15);
    scene.receiver.answer = () => ok;
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const selection = { status: "any", types: [scene.type], rate_per_second: 30 };
    const first = await replay(selection, key);
    expect((await replay(selection, key)).id).toBe(first.id);
    await eventually("some of it", async () => (await get<ReplayJson>(`/v1/replays/${first.id}`)).done > 5);
    await scene.service.kill9();
    await scene.service.restart();
    expect(await untilEnded(first)).toMatchObject({ state: "done", failed: 0, total: 45, done: 45 });
    for (const endpoint of endpoints) {
      await endpoint.settled();
      expect(await endpoint.deliveries()).toHaveLength(30);
    }
  });

  it("stop replaying within a step once it is canceled, and go on where an endpoint was deleted", async () => {
    const [five, four] = await failing(4);
    scene.receiver.answer = () => ok;
    const selection = { status: "any", types: [scene.type], rate_per_second: 2 };
    const canceled = await replay(selection);
    expect((await scene.service.client.request("DELETE", `/v1/replays/${canceled.id}`)).status).toBe(204);
    const { done } = await get<ReplayJson>(`/v1/replays/${canceled.id}`);
    const other = await replay({ ...selection, endpoint_ids: [five.id, four.id] });
    await eventually("its first job", async () => {
      const { data } = await get<{ data: Json[] }>(`/v1/replays/${other.id}/jobs`);
      return data.length > 0;
    });
    await five.delete();
    expect(await untilEnded(other)).toMatchObject({ state: "done", total: 4, done: 4 });
    expect(await get(`/v1/replays/${canceled.id}`)).toMatchObject({ state: "canceled", done });
  });
});
