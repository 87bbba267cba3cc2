import type { Action } from "./action.ts";
import type { PlayedEndpoint } from "./model.ts";
import { BY_KEY, POISONED_KEY } from "./order-by-key.ts";
import { type Play, REVOKED_AFTER_MS } from "./play.ts";
import { publish } from "./publisher.ts";
import { pull } from "./puller.ts";
import { read } from "./reader.ts";
import { ADMIN_TOKEN } from "./simulated-service.ts";

type Of<Kind extends Action["kind"]> = Extract<Action, { kind: Kind }>;

/** Does what a plan says. */
export async function act(play: Play, action: Action): Promise<void> {
  const { faults, receivers, world } = play.service;
  faults.count(`action ${action.kind}`);
  switch (action.kind) {
    case "publish":
      return publish(play, action);
    case "create":
      play.endpoints[action.made.number] = await play.make(play.main, action.made);
      return;
    case "mood":
      if (action.mood === "gone") mayChangeItself(play, action.endpoint);
      return receivers.set(`/main/${action.endpoint}`, action.mood);
    case "reset":
    case "evict":
      return disturb(play, action);
    case "outage": {
      const endpoint = play.endpoints[action.of];
      if (endpoint) play.service.endpoints.outage(endpoint.id, action.forMs);
      return;
    }
    case "clock":
      world.note(`clock set by ${action.byMs} ms`);
      play.clockSetAt.push(world.elapsedMs);
      return world.setClock(action.byMs);
    case "new code":
      return play.service.deploy();
    case "raise logs":
      await play.client.insist({
        ...{ method: "PATCH", path: "/v1/workspace", key: play.main.key },
        body: { log_shards: action.count, shard_by: play.plan.spread === "by key" ? BY_KEY.by : null },
        // Refused where a later one was done before it.
        until: [200, 422],
      });
      return;
    case "revoke key":
      return play.revokePublisher();
    case "delete other workspace":
      return deleteOther(play);
    case "replay event":
      return replayEvent(play, action.n, action.endpoint);
    case "replay all":
      return replayAll(play, action);
    default:
      return actOnEndpoint(play, action);
  }
}

function mayChangeItself(play: Play, number: number): void {
  const endpoint = play.endpoints[number];
  if (!endpoint) return;
  const { elapsedMs } = play.service.world;
  endpoint.mayChangeItselfFrom = Math.min(endpoint.mayChangeItselfFrom, elapsedMs);
}

function disturb(play: Play, { kind, of }: Of<"reset" | "evict">): void {
  const { endpoints, logs, senders } = play.service;
  const disturb = (in_: typeof logs, name: string) =>
    kind === "evict" ? in_.evict(name) : in_.reset(name, "by the plan");
  if (of === "log" || of === "all")
    for (const name of logs.slots.keys()) {
      const isMain = name.startsWith(play.main.id);
      // Now all of several logs, now some.
      if (
        isMain &&
        (of === "all" || play.plan.spread === "one log" || play.service.world.chance.happens(0.5))
      )
        disturb(logs, name);
    }
  for (const endpoint of play.all)
    if (of === "all" || endpoint.number === of) {
      disturb(endpoints, endpoint.id);
      for (const name of senders.slots.keys()) if (name.startsWith(endpoint.id)) disturb(senders, name);
    }
}

async function deleteOther(play: Play): Promise<void> {
  play.otherDeletedAt = play.service.world.elapsedMs;
  const path = `/v1/workspaces/${play.other.id}`;
  await play.client.insist({ method: "DELETE", path, key: ADMIN_TOKEN, until: [202, 204, 404] });
  await play.service.world.sleep(REVOKED_AFTER_MS);
  await play.client.expectRefused(play.other.key, "of a deleted workspace");
}

async function replayEvent(play: Play, n: number, number: number | null): Promise<void> {
  const [id] = play.publications.get(n)?.ids ?? [];
  if (id === undefined) return;
  const named = number === null ? null : play.endpoints[number];
  const body = named ? { endpoint_ids: [named.id] } : {};
  const replay = () => play.once("POST", `/v1/events/${id}/replay`, body);
  await (named ? play.byHand([named], replay, n) : play.byHandToAll(replay, n));
}

async function replayAll(play: Play, { status, isDryRun, isCanceled }: Of<"replay all">): Promise<void> {
  const replay = async () => {
    const made = await play.once("POST", "/v1/replays", { status, dry_run: isDryRun });
    if (isCanceled && made.body.id) await play.once("DELETE", `/v1/replays/${made.body.id}`);
  };
  await play.byHandToAll(replay, replaysMissing(status));
}

async function actOnEndpoint(
  play: Play,
  action: Extract<Action, { endpoint: number }> & {
    kind: Exclude<Action["kind"], "mood" | "replay event">;
  },
): Promise<void> {
  const endpoint = play.endpoints[action.endpoint];
  if (!endpoint || endpoint.deletedAt !== null) return;
  const path = `/v1/endpoints/${endpoint.id}`;
  const byHand = (act: () => Promise<unknown>, replays: "all" | null = null) =>
    play.byHand([endpoint], act, replays);
  switch (action.kind) {
    case "change":
      return changeSettings(play, endpoint, action.change);
    case "rotate": {
      const { body } = await play.once("POST", `${path}/secret/rotate`, {});
      if (typeof body.secret === "string")
        endpoint.secrets.push({ secret: body.secret, since: play.service.world.elapsedMs });
      return;
    }
    case "delete":
      endpoint.deletedAt = play.service.world.elapsedMs;
      await play.once("DELETE", path);
      return;
    case "test":
      await play.once("POST", `${path}/test`, {});
      return;
    case "retry":
    case "cancel":
      return byHand(() => play.once("POST", `${path}/${action.kind}`, {}));
    case "retry key":
    case "cancel key":
      // Refused where the order is not by key at that time.
      return byHand(() => play.once("POST", `${path}/${action.kind.split(" ")[0]}`, { key: POISONED_KEY }));
    case "replay job":
      return byHand(async () => {
        const rate = action.rate === null ? {} : { rate_per_second: action.rate };
        const made = await play.once("POST", `${path}/replays`, { status: action.status, ...rate });
        if (action.isCanceled && made.body.id) await play.once("DELETE", `${path}/replays/${made.body.id}`);
      }, replaysMissing(action.status));
    case "retry one":
    case "cancel one":
    case "replay delivery":
      return byHand(() => onOneDelivery(play, path, action.kind.split(" ")[0] ?? ""));
    case "pull":
      await pull(play, endpoint, action);
      return;
    case "read":
      await read(play, endpoint);
  }
}

async function onOneDelivery(play: Play, path: string, verb: string): Promise<void> {
  const status = verb === "replay" ? "" : "&status=pending";
  const { body } = await play.once("GET", `${path}/deliveries?limit=1${status}`);
  const [delivery] = (body.data ?? []) as { id: string }[];
  if (delivery) await play.once("POST", `${path}/deliveries/${delivery.id}/${verb}`);
}

async function changeSettings(
  play: Play,
  endpoint: PlayedEndpoint,
  change: Record<string, unknown>,
): Promise<void> {
  if (change.disable_after || change.on_dead_letter === "pause") mayChangeItself(play, endpoint.number);
  const { world } = play.service;
  const answered = endpoint.change(change, world.elapsedMs);
  const { status } = await play.once("PATCH", `/v1/endpoints/${endpoint.id}`, change);
  if (change.dialect && status === 200) endpoint.hasNoSequence = true;
  // One that was refused: that it may be in force from here on takes nothing from the others.
  if (status === 200) answered(world.elapsedMs);
}

/** Whether a replay of deliveries of this status brings events that the endpoint has no delivery of. */
function replaysMissing(status: string): "all" | null {
  return status === "any" || status === "missed" ? "all" : null;
}
