import { localRequest } from "./local-request.ts";
import { StartError } from "./start-error.ts";

/** All contracts that have event types: who tries the service sees what it can. */
const CATALOG = ["atlas", "voice", "brokers", "atomic", "support"];

/**
 * Makes the workspace `default` where there is no workspace yet, through the operator's API. Returns its admin key,
 * which is not kept anywhere, or null if there was one already.
 */
export async function ensureDefaultWorkspace(url: string, adminToken: string): Promise<string | null> {
  const { data } = await operator<{ data: unknown[] }>(url, adminToken, "GET");
  if (data.length > 0) return null;
  const { key } = await operator<{ key: string }>(url, adminToken, "POST", {
    name: "default",
    catalog: CATALOG,
  });
  return key;
}

async function operator<Answer>(
  url: string,
  adminToken: string,
  method: "GET" | "POST",
  body?: object,
): Promise<Answer> {
  const { status, text } = await localRequest(
    new URL("/v1/workspaces", url),
    { method, headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" } },
    body && JSON.stringify(body),
  );
  if (status >= 300) throw new StartError(`The first workspace could not be made: ${status} ${text}`);
  return JSON.parse(text) as Answer;
}
