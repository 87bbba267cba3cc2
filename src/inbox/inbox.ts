import { DurableObject } from "cloudflare:workers";
import { findInboxByToken } from "../d1/inboxes.ts";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import { HOUR_MS } from "../domain/durations.ts";
import {
  INBOX_KEPT_MS,
  INBOX_REQUESTS,
  type InboxRequest,
  type InboxSignature,
  inboxHeadersShape,
  inboxSignatureShape,
  type ReceivedByInbox,
} from "../domain/inbox.ts";
import type { InboxObject } from "../domain/object-faces.ts";
import type { StoredText } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { inboxOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { migrate, readMeta, writeMeta } from "../storage/schema.ts";
import { INBOX_SCHEMA } from "./schema.ts";

interface Row extends Record<string, SqlStorageValue> {
  number: number;
  at: number;
  method: string;
  path: string;
  headers: StoredText<InboxRequest["headers"]>;
  truncated: number;
  signature: StoredText<InboxSignature>;
  body: ArrayBuffer;
}

/** What one page may hold of bodies, far below what an RPC takes. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** How soon it looks again whether it still exists, where nobody could say. */
const ASK_AGAIN_MS = HOUR_MS;

/**
 * A request bin: what arrives is kept for a day, the newest 200. An object of its own for each inbox, named by its token,
 * so that whoever sends to one holds up nothing else. It decides nothing: who may read it, and what it answers, the
 * Worker knows.
 */
export class Inbox extends DurableObject<Env> implements InboxObject {
  /** Whether its tables are there: they are made by the first that needs them, and erased with everything. */
  #hasTables = false;
  #isTidying = false;
  readonly #place: OwnPlace;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, objectEnv(env, slotsOf(env), platform));
    this.#place = ownPlace(env, "INBOX", ctx, this, platform, (token) => inboxOf(env, token));
  }

  get #sql(): SqlStorage {
    if (!this.#hasTables) migrate(this.ctx.storage, INBOX_SCHEMA);
    this.#hasTables = true;
    return this.ctx.storage.sql;
  }

  /**
   * Keeps a request. Returns its place since the inbox was given the answers that it has now, from 1; `script` is the
   * number of those answers, and rises with each change of them.
   */
  async receive(request: ReceivedByInbox, script: number): Promise<number> {
    const { at, method, path, headers, body, isTruncated, signature } = request;
    const { number } = this.#sql
      .exec<{ number: number }>(
        "INSERT INTO requests (at, method, path, headers, truncated, signature, body) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number",
        ...[
          at,
          method,
          path,
          inboxHeadersShape.write(headers),
          isTruncated ? 1 : 0,
          inboxSignatureShape.write(signature),
          body,
        ],
      )
      .one();
    this.#sql.exec("DELETE FROM requests WHERE number <= ?", number - INBOX_REQUESTS);
    if (script > (readMeta<number>(this.#sql, "script") ?? 0)) {
      writeMeta(this.#sql, "script", script);
      writeMeta(this.#sql, "script_from", number);
    }
    const place = number - (readMeta<number>(this.#sql, "script_from") ?? number) + 1;
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(this.#place.book(at + INBOX_KEPT_MS));
    return place;
  }

  /** How many it holds that may be read. */
  count(): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM requests WHERE at >= ?",
        platform.nowMs() - INBOX_KEPT_MS,
      )
      .one().n;
  }

  /** A page, newest first; `before` = the number before which it starts. `next`: where the next one does. */
  list(before: number | null, limit: number): { rows: InboxRequest[]; next: number | null } {
    const rows: InboxRequest[] = [];
    let bytes = 0;
    for (const row of this.#sql.exec<Row>(
      "SELECT * FROM requests WHERE number < ? AND at >= ? ORDER BY number DESC LIMIT ?",
      before ?? Number.MAX_SAFE_INTEGER,
      platform.nowMs() - INBOX_KEPT_MS,
      limit + 1,
    )) {
      bytes += row.body.byteLength;
      const last = rows.at(-1);
      if (last && (rows.length === limit || bytes > PAGE_BYTES)) return { rows, next: last.number };
      rows.push(toRequest(row));
    }
    return { rows, next: null };
  }

  /** Deletes everything, for good. What comes all the same is kept like anything else, and its alarm ends that. */
  async erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#hasTables = false;
  }

  override async alarm(): Promise<void> {
    if (!this.#place.mayGoOn()) {
      await this.ctx.storage.setAlarm(this.#place.book(platform.nowMs() + this.#place.sleepMs()));
      // Once the alarm is over: one that is cut would ring again at once.
      platform.after(0, () => this.close(true));
      return;
    }
    await this.goOn();
  }

  /** It has a place among the open objects: it tidies up. */
  async goOn(): Promise<void> {
    this.#isTidying = true;
    try {
      await this.#tidy();
    } finally {
      this.#isTidying = false;
    }
  }

  /** Whether nothing of its memory would be missed; calls of it are counted by who makes them. */
  get isIdle(): boolean {
    return !this.#isTidying;
  }

  /** Makes room for other objects. */
  async close(isForced = false): Promise<void> {
    await this.#place.close(isForced);
  }

  /** Drops what is older than a day, and comes back for the rest. */
  async #tidy(): Promise<void> {
    const nowMs = platform.nowMs();
    this.#sql.exec("DELETE FROM requests WHERE at < ?", nowMs - INBOX_KEPT_MS);
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>("SELECT min(at) AS oldest FROM requests")
      .one();
    if (oldest !== null) {
      await this.ctx.storage.setAlarm(Math.max(nowMs, oldest + INBOX_KEPT_MS + 1));
      return;
    }
    // One that was deleted may have received something right after it; nobody else would come for that.
    try {
      if ((await findInboxByToken(this.env.DB, this.ctx.id.name ?? "")) === null) await this.erase();
    } catch {
      await this.ctx.storage.setAlarm(nowMs + ASK_AGAIN_MS);
    }
  }
}

function toRequest(row: Row): InboxRequest {
  return {
    number: row.number,
    at: row.at,
    method: row.method,
    path: row.path,
    headers: inboxHeadersShape.read(row.headers),
    body: new Uint8Array(row.body),
    isTruncated: row.truncated === 1,
    signature: inboxSignatureShape.read(row.signature),
  };
}
