import { auditRow } from "../d1/audit.ts";
import type { ChangeRecord } from "../d1/change.ts";
import type { Actor, AuditedChange } from "../domain/audit.ts";
import { type Reach, wholeWorkspace } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { answerRow } from "../idempotency/d1.ts";
import type { Once } from "../idempotency/requests.ts";
import { platform } from "../platform.ts";

/** Who changes the configuration, of which workspace, and the request that asks for it. */
export interface Author extends Reach {
  actor: Actor;
  /** Null without an Idempotency-Key. */
  once: Once | null;
}

/** A workspace's key as the author of a change. */
export function authorOf(
  { workspaceId, scope, keyId, keyName }: Reach & { keyId: string; keyName: string },
  once: Once | null = null,
): Author {
  return { workspaceId, scope, actor: { kind: "key", id: keyId, name: keyName }, once };
}

/** The operator as the author of a change of a workspace. */
export function operatorOf(workspaceId: string, once: Once | null = null): Author {
  return { ...wholeWorkspace(workspaceId), actor: { kind: "operator" }, once };
}

/**
 * What is to be stored with a change, in its batch: its entry in the audit log (null = none) and, if the request
 * carried an Idempotency-Key, the answer. `endpointId`: the endpoint that the objects must have taken before the
 * answer may be given again.
 */
export async function recordOf(
  env: Env,
  author: Author,
  change: AuditedChange | null,
  answer?: { body: unknown; endpointId?: string },
): Promise<ChangeRecord> {
  const nowMs = platform.nowMs();
  const { once, workspaceId, actor } = author;
  return {
    audit: change === null ? null : auditRow(workspaceId, actor, change, nowMs, platform),
    answer:
      once === null || answer === undefined
        ? null
        : await answerRow(env, once, JSON.stringify(answer.body), answer.endpointId ?? null, nowMs),
  };
}
