import { readSubscription } from "../contract/endpoint-fields.ts";
import {
  EVERY_CAMPAIGN,
  voiceList,
  voiceListQuery,
  voiceSample,
  voiceSampleQuery,
  voiceSubscribed,
  voiceSubscription,
  voiceUnsubscribed,
} from "../contract/voice.ts";
import {
  findPendingUnsubscription,
  findSubscription,
  listSubscriptions,
} from "../d1/endpoint-subscriptions.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { maskedUrl } from "../domain/masked-url.ts";
import type { FindEventAnswer } from "../domain/messages.ts";
import { byOutcome } from "../domain/outcome.ts";
import { deleteEndpoint } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { findSample } from "../event-types/store.ts";
import { findEvent, listEvents } from "../logs/reading.ts";
import { addCompatRoute, checkedWithRules, newCompatApi } from "./compat-api.ts";
import { campaignOf, foundUnderKey, prefixOf, subscribeOnce, voiceSettings } from "./voice-subscriptions.ts";

/** `/compat/voice`: calls and chat messages of a campaign (docs/contracts.md, voice). */
export const voiceApi = newCompatApi();

const tag = "Voice";
const path = "/compat/voice/events-gateway/trigger";
const access = "compat:voice";

/** What a list shows: more webhooks for one campaign are no list to read. */
const LISTED = 1000;

/** Pages of the log that are looked through for a campaign's newest event of a type. */
const PAGES_SEARCHED = 5;

addCompatRoute(
  voiceApi,
  {
    method: "post",
    path: `${path}/subscribe`,
    operationId: "subscribeVoiceTrigger",
    tag,
    summary: "Subscribe to a trigger of a campaign",
    description: "The same four values give the same subscription.",
    access,
    body: voiceSubscription,
    status: 201,
    answer: voiceSubscribed,
    errors: ["write_conflict", "sync_pending"],
  },
  async ({ env, author, json }) => {
    const asked = checkedWithRules(voiceSubscription, await json(), (given) => voiceSettings(env, given));
    const answer = ({ id }: EndpointRow) => ({
      id,
      campaignId: asked.campaignId,
      triggerName: asked.triggerName,
    });
    return answer(await subscribeOnce(env, author, asked, answer));
  },
);

addCompatRoute(
  voiceApi,
  {
    method: "delete",
    path: `${path}/unsubscribe`,
    operationId: "unsubscribeVoiceTrigger",
    tag,
    summary: "Unsubscribe",
    description: "With the four values of the subscription.",
    access,
    body: voiceSubscription,
    status: 200,
    answer: voiceUnsubscribed,
    errors: ["not_found", "write_conflict", "sync_pending"],
  },
  async ({ env, author, body }) => {
    const asked = await body();
    const under = (find: typeof findSubscription) => foundUnderKey(env, author.workspaceId, asked, find);
    const row = (await under(findSubscription)) ?? (await under(findPendingUnsubscription));
    if (row === null) throw new ApiError("not_found", "There is no such subscription.");
    await deleteEndpoint(env, author, row.id);
    return {};
  },
);

addCompatRoute(
  voiceApi,
  {
    method: "get",
    path: `${path}/list`,
    operationId: "listVoiceTriggers",
    tag,
    summary: "List a campaign's webhooks",
    description: `The newest ${LISTED}. With \`*\`, those that were made for every campaign.`,
    access,
    query: voiceListQuery,
    status: 200,
    answer: voiceList,
  },
  async ({ env, caller, query }) => {
    const rows = await listSubscriptions(env.DB, caller.workspaceId, prefixOf(query.campaignId), LISTED);
    return rows.map((row) => ({
      id: row.id,
      hookUrl: maskedUrl(row.url),
      campaignId: campaignOf(row),
      triggerName: readSubscription(row.subscription).types[0] ?? "",
      provider: "custom" as const,
    }));
  },
);

addCompatRoute(
  voiceApi,
  {
    method: "get",
    path: `${path}/sample`,
    operationId: "getVoiceTriggerSample",
    tag,
    summary: "Show a sample payload of a campaign",
    description:
      "As it is sent: the campaign's newest event of this trigger, otherwise one from the catalog. It needs no subscription.",
    access,
    query: voiceSampleQuery,
    status: 200,
    answer: voiceSample,
  },
  async ({ c, env, caller, query }) => {
    const data =
      (await newestData(env, caller.workspaceId, query.campaignId, query.triggerName)) ??
      (await catalogData(env, caller.workspaceId, query.campaignId, query.triggerName));
    // As text, because a real event's data is shown byte for byte.
    return c.body(`[${data}]`, 200, { "Content-Type": "application/json" });
  },
);

/** The JSON text of the newest event's data; null if none is found within a bounded search. */
async function newestData(
  env: Env,
  workspaceId: string,
  campaignId: string,
  type: string,
): Promise<string | null> {
  const context = campaignId === EVERY_CAMPAIGN ? undefined : { campaignId };
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_SEARCHED; page++) {
    const { rows, next } = await listEvents(env, workspaceId, { type, context, limit: 1, cursor });
    const [newest] = rows;
    const data = newest && dataOf(await findEvent(env, workspaceId, newest.id));
    if (data) return data;
    if (next === null) return null;
    cursor = next;
  }
  return null;
}

/** What a found event holds; null where it is known no more. */
function dataOf(answer: FindEventAnswer): string | null {
  const gone = () => null;
  return byOutcome<FindEventAnswer, string | null>(answer, {
    found: ({ event }) => event.data,
    unknown: gone,
    expired: gone,
  });
}

async function catalogData(env: Env, workspaceId: string, campaignId: string, type: string): Promise<string> {
  const sample = await findSample(env.DB, workspaceId, type, "voice");
  const isOf = "campaignId" in sample && campaignId !== EVERY_CAMPAIGN;
  return JSON.stringify(isOf ? { ...sample, campaignId } : sample);
}
