import type { Action } from "./action.ts";
import { customerOf } from "./order-by-key.ts";
import { CARRIED, type PlannedEvent, type SentOnce } from "./planned-event.ts";
import type { Play } from "./play.ts";

const ASKED_AGAIN_MS = 10_000;

/** Publishes events, again if so planned, and keeps what was answered. */
export async function publish(play: Play, action: Extract<Action, { kind: "publish" }>): Promise<void> {
  const { world } = play.service;
  const { events, once, asOther } = action;
  const tenant = asOther ? play.other : play.main;
  if (asOther && play.otherDeletedAt !== null) return;
  const { stage, tags, context } = CARRIED;
  const bodies = events.map(({ n, type }) => ({
    ...{ type, tags, context },
    data: { n, of: tenant.id, stage, ...customerOf(n) },
    ...ownId(once, n, world.now),
  }));
  for (const { n, type } of events)
    play.publications.set(n, {
      ...{ n, type, workspace: tenant.id, sentAt: world.elapsedMs, acceptedAt: null, ids: new Set() },
      ...{ endpoints: null, isUncertain: false },
    });
  await send(play, action, bodies);
  if (action.again && once !== "not at all") await send(play, action, bodies);
}

async function send(
  play: Play,
  { events, once, asOther }: Extract<Action, { kind: "publish" }>,
  bodies: object[],
): Promise<void> {
  const isSingle = bodies.length === 1;
  const call = {
    method: "POST",
    path: isSingle ? "/v1/events" : "/v1/events/batch",
    key: asOther ? play.other.key : play.publishingKey,
    body: isSingle ? bodies[0] : { events: bodies },
    headers: keyOf(once, events),
  };
  const answer =
    once === "not at all" ? await play.client.ask(call) : await insist(play, call, asOther === true);
  const accepted = (isSingle ? [answer?.body] : (answer?.body.events ?? [])) as {
    id: string;
    event_id?: string;
    endpoints: number;
  }[];
  for (const [index, { n }] of events.entries()) {
    const publication = play.publications.get(n);
    const one = accepted[index];
    if (!publication) continue;
    if (answer?.status !== 202 || !one) {
      publication.isUncertain = true;
      continue;
    }
    if (publication.endpoints !== null && publication.endpoints !== one.endpoints)
      play.client.surprises.push(
        `event ${n} was answered with ${publication.endpoints}, then ${one.endpoints} endpoints`,
      );
    publication.acceptedAt ??= play.service.world.elapsedMs;
    publication.ids.add(one.event_id ?? one.id);
    if (publication.ids.size > 1 && once !== "not at all")
      play.client.surprises.push(`event ${n} was accepted twice: ${[...publication.ids].join(", ")}`);
    publication.endpoints = one.endpoints;
  }
}

/** Where the service's clock was set back, a publisher's own id may lie too far ahead of it, until the clock has caught up. */
function whereSetBack({ plan }: Play): number[] {
  return plan.actions.some((action) => action.kind === "clock" && action.byMs < 0) ? [422] : [];
}

async function insist(
  play: Play,
  call: Parameters<typeof play.client.ask>[0],
  asOther: boolean,
): ReturnType<typeof play.client.insist> {
  // Who publishes while the key is revoked, or the workspace deleted, is refused at some time.
  const answer = await play.client.insist({ ...call, until: [202, 401, ...whereSetBack(play)] });
  if (answer.status === 422) {
    await play.service.world.sleep(ASKED_AGAIN_MS);
    return insist(play, call, asOther);
  }
  if (answer.status !== 401 || asOther) return answer;
  return play.client.insist({ ...call, key: play.main.key, until: [202] });
}

function keyOf(once: SentOnce, [first]: readonly PlannedEvent[]): Record<string, string> {
  return once === "idempotency key" ? { "Idempotency-Key": `publish-${first?.n}` } : {};
}

function ownId(once: SentOnce, n: number, now: number): { id?: string } {
  if (once === "event id") return { id: eventId(now, n) };
  return once === "own name" ? { id: `order-${n}` } : {};
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A publisher's own id of a time. */
function eventId(time: number, n: number): string {
  const digitsOf = (value: number, count: number) => {
    let text = "";
    for (let left = value, i = 0; i < count; i++, left = Math.floor(left / 32))
      text = DIGITS.charAt(left % 32) + text;
    return text;
  };
  return `evt_${digitsOf(Math.floor(time), 10)}${digitsOf(n, 16)}`;
}
