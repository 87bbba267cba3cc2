import { deleteInboxRow } from "../d1/inboxes.ts";
import type { InboxRow } from "../d1/tables.ts";
import type { Env } from "../env.ts";
import { inboxOf } from "../objects/objects.ts";

/** Erases what an inbox holds, then its row. May be repeated; rejects where its object or D1 does not answer. */
export async function eraseInbox(env: Env, { id, token }: InboxRow): Promise<void> {
  await inboxOf(env, token).erase();
  await deleteInboxRow(env.DB, id);
}
