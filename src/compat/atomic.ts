import {
  type ListedWebhook,
  type NewWebhookBody,
  newWebhook,
  type WebhookDetails,
  webhook,
  webhookList,
  webhookTest,
} from "../contract/atomic.ts";
import { readSubscription } from "../contract/endpoint-fields.ts";
import { listEndpoints } from "../d1/endpoints.ts";
import { endpointsPerWorkspace } from "../d1/limits.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { MASK } from "../domain/mask.ts";
import { wholeWorkspace } from "../domain/scope.ts";
import { signingAt } from "../domain/signing.ts";
import { createEndpoint } from "../endpoints/creation.ts";
import { newEndpointSettings } from "../endpoints/request.ts";
import type { EndpointSettings } from "../endpoints/settings.ts";
import { changeEndpoint, livingEndpoint, settingsOf } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { sampleTypeFor, testEventOf } from "../event-types/sample-request.ts";
import { endpointOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { timeText } from "../rendering/time.ts";
import { addAtomicRoute, ENVIRONMENT } from "./atomic-route.ts";
import { asBadRequest, checkedWithRules, newCompatApi } from "./compat-api.ts";

/** `/compat/atomic/v1/{environment}/webhook`: subscriptions to analytics events of cards (docs/contracts.md, atomic). */
export const atomicApi = newCompatApi();

const DIALECT = "atomic";

/** Subscriptions of one environment. */
const MAX_WEBHOOKS = 100;

/** Endpoints of this dialect can be made through /v1 as well, without that limit. */
const LISTED = 1000;

/** /v1's fields, by the names that they have here. */
const NAMES = {
  "context.cardTemplateId": "cardTemplateId",
  "context.actionFlowConfigId": "actionFlowConfigId",
};

addAtomicRoute(
  atomicApi,
  {
    method: "post",
    path: `${ENVIRONMENT}/webhook`,
    operationId: "createAtomicWebhook",
    summary: "Subscribe to analytics events",
    description: `At most ${MAX_WEBHOOKS} per environment.`,
    body: newWebhook,
    status: 201,
    answer: webhook,
    errors: ["limit_reached", "sync_pending"],
  },
  async ({ env, author, json }) => {
    const asked = checkedWithRules(newWebhook, await json(), (given) => webhookSettings(env, given));
    const settings = webhookSettings(env, asked);
    const most = `${MAX_WEBHOOKS} webhooks, and its workspace ${endpointsPerWorkspace(env)} endpoints`;
    const refusal = () => new ApiError("limit_reached", `An environment may have ${most}; delete one first.`);
    return createEndpoint(env, author, {
      settings,
      answer: (row) => ({ data: detailsOf(row, settings, true) }),
      within: { mostInDialect: MAX_WEBHOOKS, refusal },
    });
  },
);

addAtomicRoute(
  atomicApi,
  {
    method: "get",
    path: `${ENVIRONMENT}/webhook`,
    operationId: "listAtomicWebhooks",
    summary: "List subscriptions",
    description: "With their secrets, for the role `workbench` only; the disabled ones too.",
    status: 200,
    answer: webhookList,
  },
  async ({ env, caller }) => {
    const rows = await listEndpoints(env.DB, caller, { dialect: DIALECT, limit: LISTED });
    const isOpen = caller.role === "workbench";
    return {
      data: await Promise.all(rows.map(async (row) => listedOf(row, await settingsOf(env, row), isOpen))),
    };
  },
);

addAtomicRoute(
  atomicApi,
  {
    method: "post",
    path: `${ENVIRONMENT}/webhook/{id}/test`,
    operationId: "testAtomicWebhook",
    summary: "Send a test payload to a subscription",
    status: 200,
    answer: webhookTest,
  },
  async ({ env, caller, param }) => {
    const row = await webhookRow(env, caller.workspaceId, param("id"));
    const type = sampleTypeFor(DIALECT, readSubscription(row.subscription).types);
    const event = await testEventOf(env.DB, caller.workspaceId, type, DIALECT, caller.apiVersion);
    const attempt = await endpointOf(env, row.id).test({ event });
    if (attempt === null) throw unknownWebhook(row.id);
    const { outcome, error, durationMs, response } = attempt;
    return { data: { outcome, error, statusCode: response?.status ?? null, durationMs } };
  },
);

addAtomicRoute(
  atomicApi,
  {
    method: "delete",
    path: `${ENVIRONMENT}/webhook/{id}`,
    operationId: "deleteAtomicWebhook",
    summary: "Disable a subscription",
    description: "It can be enabled again, or deleted, in the dashboard and through /v1.",
    status: 204,
    errors: ["write_conflict", "sync_pending"],
  },
  async ({ env, author, param }) => {
    const { id } = await webhookRow(env, author.workspaceId, param("id"));
    await changeEndpoint(env, author, id, {
      change: (stored) => ({ settings: { ...stored, status: "disabled", statusReason: null } }),
    });
    return undefined;
  },
);

/** The settings of the endpoint that a subscription is. Throws 400. */
function webhookSettings(env: Env, asked: Partial<NewWebhookBody>): EndpointSettings {
  const { types, url, headers, cardTemplateId, actionFlowConfigId, method } = asked;
  const context = {
    ...(cardTemplateId === undefined ? {} : { cardTemplateId }),
    ...(actionFlowConfigId === undefined ? {} : { actionFlowConfigId }),
  };
  const optional = {
    ...(types && { types }),
    ...(url && { url }),
    ...(headers && { headers }),
    ...(method && { method }),
  };
  const body = { dialect: DIALECT, context, ...optional };
  try {
    return newEndpointSettings(env, body);
  } catch (error) {
    throw asBadRequest(error, NAMES);
  }
}

/** `isOpen`: with the secret and the headers' values. */
function detailsOf(row: EndpointRow, settings: EndpointSettings, isOpen: boolean): WebhookDetails {
  const { headers, secrets } = settings;
  return {
    id: row.id,
    types: settings.subscription.types,
    url: settings.url,
    headers: isOpen ? headers : Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])),
    // During a switch-over the one that signs: what is read here verifies what comes.
    ...(isOpen ? { secret: signingAt(secrets, true, platform.nowMs())[0]?.secret ?? "" } : {}),
    created: timeText(row.createdAt),
    updated: timeText(row.updatedAt),
  };
}

/** The details with what was asked for, and whether it still gets anything. */
function listedOf(row: EndpointRow, settings: EndpointSettings, isOpen: boolean): ListedWebhook {
  const { cardTemplateId, actionFlowConfigId } = settings.subscription.context;
  return {
    ...detailsOf(row, settings, isOpen),
    ...(cardTemplateId === undefined ? {} : { cardTemplateId }),
    ...(actionFlowConfigId === undefined ? {} : { actionFlowConfigId }),
    method: settings.policy.method,
    disabled: settings.status === "disabled",
  };
}

async function webhookRow(env: Env, workspaceId: string, id: string): Promise<EndpointRow> {
  const row = await livingEndpoint(env, wholeWorkspace(workspaceId), id);
  if (row.dialect !== DIALECT) throw unknownWebhook(id);
  return row;
}

function unknownWebhook(id: string): ApiError {
  return new ApiError("not_found", `There is no webhook ${id}.`);
}
