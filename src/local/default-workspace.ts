import { setTimeout as wait } from "node:timers/promises";
import { localRequest } from "./local-request.ts";
import { StartError, systemErrorCode } from "./start-error.ts";

/** All contracts that have event types: who tries the service sees what it can. */
const CATALOG = ["atlas", "voice", "brokers", "atomic", "support"];

const NAME = "default";

/** workerd may be killed while it is asked: the next one is there after a second. */
const TRIES = 20;
const TRY_AGAIN_MS = 250;

/**
 * Makes the workspace `default` where there is no workspace yet, through the operator's API. Returns its admin key,
 * which is not kept anywhere, or null if there was one already.
 */
export async function ensureDefaultWorkspace(url: string, adminToken: string): Promise<string | null> {
  const asked = { isMaking: false };
  for (let tried = 1; ; tried++) {
    try {
      return await ensureOnce(url, adminToken, asked);
    } catch (error) {
      // Only what was not answered.
      if (tried === TRIES || systemErrorCode(error) === null) throw error;
      await wait(TRY_AGAIN_MS);
    }
  }
}

/** @param asked whether the workspace was asked for before: its answer may have been lost, and with it the key */
async function ensureOnce(
  url: string,
  adminToken: string,
  asked: { isMaking: boolean },
): Promise<string | null> {
  const operator = <Answer>(path: string, body?: object) => ask<Answer>(new URL(path, url), adminToken, body);
  const { data } = await operator<{ data: { id: string; name: string }[] }>("/v1/workspaces");
  const [first] = data;
  if (first !== undefined) {
    if (!asked.isMaking || first.name !== NAME) return null;
    const made = { name: "admin", role: "admin" };
    return (await operator<{ key: string }>(`/v1/workspaces/${first.id}/keys`, made)).key;
  }
  asked.isMaking = true;
  return (await operator<{ key: string }>("/v1/workspaces", { name: NAME, catalog: CATALOG })).key;
}

/** GET, or POST with a body. */
async function ask<Answer>(url: URL, adminToken: string, body?: object): Promise<Answer> {
  const method = body === undefined ? "GET" : "POST";
  const { status, text } = await localRequest(
    url,
    { method, headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" } },
    body && JSON.stringify(body),
  );
  if (status >= 300) throw new StartError(`The first workspace could not be made: ${status} ${text}`);
  return JSON.parse(text) as Answer;
}
