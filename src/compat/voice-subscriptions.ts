import { createHash } from "node:crypto";
import { type Author, recordOf } from "../changes/author.ts";
import { readSubscription } from "../contract/endpoint-fields.ts";
import { EVERY_CAMPAIGN, type VoiceSubscription } from "../contract/voice.ts";
import { findSubscription, insertSubscription } from "../d1/endpoint-subscriptions.ts";
import { endpointsPerWorkspace } from "../d1/limits.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { calledUrl } from "../domain/called-url.ts";
import { idIn, jurisdictionOf } from "../domain/ids.ts";
import { creationOf } from "../endpoints/audit.ts";
import { noRoomForEndpoint } from "../endpoints/creation.ts";
import { newEndpointSettings } from "../endpoints/request.ts";
import type { EndpointSettings } from "../endpoints/settings.ts";
import { changeEndpoint, ensureTaken, sealSettings } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { platform } from "../platform.ts";
import { asBadRequest } from "./compat-api.ts";

/* A subscription of the voice contract is an endpoint: one trigger, one campaign as its context, one URL. */

/** /v1's fields, by the names that they have here. */
const NAMES = { url: "hookUrl", "types[0]": "triggerName", "context.campaignId": "campaignId" };

/** The settings of the endpoint that a subscription is. Throws 400. */
export function voiceSettings(env: Env, asked: Partial<VoiceSubscription>): EndpointSettings {
  const { hookUrl, triggerName, campaignId = EVERY_CAMPAIGN } = asked;
  const body = {
    ...(hookUrl === undefined ? {} : { url: hookUrl }),
    dialect: "voice",
    ...(triggerName === undefined ? {} : { types: [triggerName] }),
    context: campaignId === EVERY_CAMPAIGN ? {} : { campaignId },
  };
  try {
    return newEndpointSettings(env, body);
  } catch (error) {
    throw asBadRequest(error, NAMES);
  }
}

/** The key of a subscription: the same four values give the same one, in whatever spelling of the URL. */
function keyOf(asked: VoiceSubscription): string {
  return keyWith(calledUrl(asked.hookUrl), asked);
}

function keyWith(url: string, { campaignId, triggerName, provider }: VoiceSubscription): string {
  const hash = createHash("sha256").update(`${provider}\n${url}`).digest("base64url");
  return `${prefixOf(campaignId)}${triggerName}/${hash}`;
}

/** What `find` has under the subscription's key; those of version 0.1 have the URL in it as it was given. */
export async function foundUnderKey(
  env: Env,
  workspaceId: string,
  asked: VoiceSubscription,
  find: typeof findSubscription,
): Promise<EndpointRow | null> {
  const keys = new Set([keyOf(asked), keyWith(asked.hookUrl, asked)]);
  for (const key of keys) {
    const row = await find(env.DB, workspaceId, key);
    if (row !== null) return row;
  }
  return null;
}

/** How the keys of a campaign's subscriptions begin. */
export function prefixOf(campaignId: string): string {
  return `voice/${encodeURIComponent(campaignId)}/`;
}

/** The campaign of a subscription's endpoint. */
export function campaignOf({ subscription }: EndpointRow): string {
  return readSubscription(subscription).context.campaignId ?? EVERY_CAMPAIGN;
}

/**
 * The endpoint of a subscription, made unless it is there; also for requests at the same moment. One that was disabled
 * is enabled: whoever subscribes wants the events. Throws 400, and 503 if the objects did not take it yet: to repeat it
 * is safe.
 */
export async function subscribeOnce(
  env: Env,
  author: Author,
  asked: VoiceSubscription,
  answer: (row: EndpointRow) => unknown,
): Promise<EndpointRow> {
  const find = () => foundUnderKey(env, author.workspaceId, asked, findSubscription);
  // The second look: made by another request in between.
  const row = (await find()) ?? (await insert(env, author, asked, answer)) ?? (await find());
  if (row === null) throw noRoomForEndpoint(env);
  if (row.status !== "disabled") {
    await ensureTaken(env, row);
    return row;
  }
  const change = (stored: EndpointSettings) => ({
    settings: { ...stored, status: "enabled" as const, statusReason: null },
  });
  return (await changeEndpoint(env, author, row.id, { change, answer })).row;
}

async function insert(
  env: Env,
  author: Author,
  asked: VoiceSubscription,
  answer: (row: EndpointRow) => unknown,
): Promise<EndpointRow | null> {
  const settings = voiceSettings(env, asked);
  const nowMs = platform.nowMs();
  return insertSubscription(
    env.DB,
    idIn(jurisdictionOf(author.workspaceId), "ep", nowMs, platform),
    author.workspaceId,
    keyOf(asked),
    await sealSettings(env, settings),
    nowMs,
    (row) => recordOf(env, author, creationOf(row, settings), { body: answer(row), endpointId: row.id }),
    endpointsPerWorkspace(env),
  );
}
