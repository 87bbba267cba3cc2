import { recordOf } from "../changes/author.ts";
import { listQuery } from "../contract/fields.ts";
import {
  type InboxChangeBody,
  inbox,
  inboxChange,
  inboxList,
  inboxRequestList,
  inboxRequestQuery,
  newInbox,
  shownInbox,
} from "../contract/inbox.ts";
import { newInboxToken } from "../d1/inbox-tokens.ts";
import { findInbox, inboxScopeOf, insertInbox, listInboxes, updateInbox } from "../d1/inboxes.ts";
import { INBOXES_PER_PORTAL, INBOXES_PER_WORKSPACE } from "../d1/limits.ts";
import type { InboxRow } from "../d1/tables.ts";
import { DEFAULT_DIALECT, dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import { newId } from "../domain/ids.ts";
import type { InboxAnswer } from "../domain/inbox.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { newApi } from "../http/context.ts";
import { originOf } from "../http/origin.ts";
import { forgetInbox } from "../inboxes/known-inboxes.ts";
import { inboxOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { eraseInbox } from "../reconcile/erase-inbox.ts";
import { inboxRequestBody } from "../rendering/inbox-requests.ts";
import { timeText } from "../rendering/time.ts";
import { sealText } from "../seal/seal.ts";
import { cursorOf, pageOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/inboxes`: request bins. */
export const inboxRoutes = newApi();

const tag = "Inboxes";

/** What is answered where nothing is said. */
const OK: InboxAnswer = { status: 200, headers: {}, body: "", delay: 0 };

addRoute(
  inboxRoutes,
  {
    method: "post",
    path: "/v1/inboxes",
    operationId: "createInbox",
    tag,
    summary: "Make an inbox",
    description:
      "A URL that takes requests of any method and shows them, with the verdict on their signature, for 24 hours: the newest 200, the first MiB of each. It answers what it is told to.",
    access: "endpoints:write",
    body: newInbox,
    bodyOptional: true,
    inTurn: true,
    status: 201,
    answer: inbox,
    errors: ["limit_reached"],
  },
  async ({ c, env, author, body }) => {
    const given = await body();
    const { workspaceId } = author;
    const nowMs = platform.nowMs();
    const row: InboxRow = {
      ...{ id: newId("inb", nowMs, platform), workspaceId, scope: inboxScopeOf(author) },
      ...{ name: given.name ?? "", token: newInboxToken(workspaceId, env, platform) },
      ...{ answers: given.answers ?? [OK], script: 1 },
      ...(await signingOf(env, given)),
      createdAt: nowMs,
    };
    const answer = inboxBody(row, originOf(c));
    if (await insertInbox(env.DB, row, await recordOf(env, author, null, { body: answer }))) return answer;
    throw new ApiError(
      "limit_reached",
      `A workspace may have ${INBOXES_PER_WORKSPACE} inboxes, and the portal sessions of one customer ${INBOXES_PER_PORTAL} of them; delete one first.`,
    );
  },
);

addRoute(
  inboxRoutes,
  {
    method: "get",
    path: "/v1/inboxes",
    operationId: "listInboxes",
    tag,
    summary: "List inboxes",
    description: "Newest first.",
    access: "endpoints:read",
    query: listQuery,
    status: 200,
    answer: inboxList,
  },
  async ({ c, env, caller, query }) => {
    const before = startOf("inboxes", query.cursor);
    const rows = await listInboxes(env.DB, caller, query.limit + 1, before);
    const { page, nextCursor } = pageOf("inboxes", rows, query.limit);
    return { data: page.map((row) => inboxBody(row, originOf(c))), next_cursor: nextCursor };
  },
);

addRoute(
  inboxRoutes,
  {
    method: "get",
    path: "/v1/inboxes/{id}",
    operationId: "getInbox",
    tag,
    summary: "Get an inbox",
    access: "endpoints:read",
    status: 200,
    answer: shownInbox,
  },
  async ({ c, env, caller, param }) => {
    const row = await foundInbox(env, caller, param("id"));
    return { ...inboxBody(row, originOf(c)), requests: await inboxOf(env, row.token).count() };
  },
);

addRoute(
  inboxRoutes,
  {
    method: "patch",
    path: "/v1/inboxes/{id}",
    operationId: "updateInbox",
    tag,
    summary: "Change an inbox",
    description:
      "Fields that are absent stay. Other answers begin with the first of them. What is received within 10 seconds may still be answered as before.",
    access: "endpoints:write",
    body: inboxChange,
    inTurn: true,
    status: 200,
    answer: inbox,
  },
  async ({ c, env, caller, param, body }) => {
    const { id, token } = await foundInbox(env, caller, param("id"));
    const { name, answers, ...signing } = await body();
    const isSigned = signing.dialect !== undefined || signing.secret !== undefined;
    await updateInbox(env.DB, id, { name, answers, ...(isSigned ? await signingOf(env, signing) : {}) });
    forgetInbox(token);
    return inboxBody(await foundInbox(env, caller, id), originOf(c));
  },
);

addRoute(
  inboxRoutes,
  {
    method: "get",
    path: "/v1/inboxes/{id}/requests",
    operationId: "listInboxRequests",
    tag,
    summary: "List what an inbox received",
    description:
      "Newest first, whole. The signature was checked on arrival, by the inbox's own secret or, without one, by those of the endpoints that sent here. A page holds about 2 MiB at the most, so it may come back short with a `next_cursor`.",
    access: "endpoints:read",
    query: inboxRequestQuery,
    status: 200,
    answer: inboxRequestList,
  },
  async ({ env, caller, param, query }) => {
    const row = await foundInbox(env, caller, param("id"));
    const before = startOf("inbox requests", query.cursor);
    const { rows, next } = await inboxOf(env, row.token).list(
      before === undefined ? null : Number(before),
      query.limit,
    );
    return {
      data: rows.map(inboxRequestBody),
      next_cursor: cursorOf("inbox requests", next === null ? null : String(next)),
    };
  },
);

addRoute(
  inboxRoutes,
  {
    method: "delete",
    path: "/v1/inboxes/{id}",
    operationId: "deleteInbox",
    tag,
    summary: "Delete an inbox",
    description: "With what it received. Its URL answers 404 within 10 seconds.",
    access: "endpoints:write",
    inTurn: true,
    status: 204,
  },
  async ({ env, caller, param }) => {
    const row = await foundInbox(env, caller, param("id"));
    await eraseInbox(env, row);
    forgetInbox(row.token);
    return undefined;
  },
);

/** Throws 404, also for one that other sessions made. */
async function foundInbox(env: Env, reach: Reach, id: string): Promise<InboxRow> {
  const row = await findInbox(env.DB, reach, id);
  if (row === null) throw new ApiError("not_found", `There is no inbox ${id}.`);
  return row;
}

/** How requests should be signed, given as a whole. Throws 422. */
async function signingOf(
  env: Env,
  { dialect: named, secret }: Pick<InboxChangeBody, "dialect" | "secret">,
): Promise<Pick<InboxRow, "dialect" | "sealed">> {
  if (!secret && !named) return { dialect: null, sealed: null };
  const name = named ?? DEFAULT_DIALECT;
  const dialect = dialectNamed(name);
  if (dialect === null) throw invalid([{ path: "dialect", message: UNKNOWN_DIALECT }]);
  if (!secret) {
    if (dialect.secret.presence === "never") return { dialect: name, sealed: null };
    throw invalid([{ path: "secret", message: "is required with a dialect that signs" }]);
  }
  const problem = dialect.secret.problem(secret);
  if (problem !== null) throw invalid([{ path: "secret", message: problem }]);
  return { dialect: name, sealed: await sealText(secret, env, platform) };
}

function inboxBody({ id, name, token, answers, dialect, createdAt }: InboxRow, origin: string) {
  return { id, name, url: `${origin}/in/${token}`, answers, dialect, created_at: timeText(createdAt) };
}
