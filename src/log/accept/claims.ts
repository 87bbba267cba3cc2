import { createHash } from "node:crypto";
import {
  CLAIM_USABLE_MS,
  type Claim,
  type ClaimAnswer,
  type ClaimedName,
  type OwnClaims,
} from "../../domain/claim-messages.ts";
import { DAY_MS } from "../../domain/durations.ts";
import { OWN_ID_FUTURE_MS } from "../../domain/event.ts";
import type { SchemaStep } from "../../storage/schema.ts";

/** The day leads the key: what is old lies in front and leaves without a scan. A name stands there by its digest. */
export const CLAIMS_SCHEMA: SchemaStep = {
  statements: [
    `CREATE TABLE claims (
      day INTEGER,
      name BLOB,
      digest TEXT NOT NULL,
      log INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (day, name)
    ) WITHOUT ROWID`,
  ],
  olderCodeMayRead: true,
};

/** So long a name stands for what it was given to: as long as one that is an event id, and lies ahead, may come again. */
const CLAIMED_MS = DAY_MS + OWN_ID_FUTURE_MS;

/** Old claims removed with each new one: more than one, so that they become fewer. */
const PRUNED_PER_CLAIM = 4;

const NAME_BYTES = 16;

interface ClaimRow extends Record<string, SqlStorageValue> {
  digest: string;
  log: number;
  epoch: number;
  at: number;
}

/** The register of names, see `claim-messages.ts`. */
export class Claims {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Claims names for a log, all or none; runs in the caller's transaction.
   * @param accepted whether this log itself accepted something under a name, and whether it was the same
   */
  claim(
    names: readonly ClaimedName[],
    log: number,
    epoch: number,
    nowMs: number,
    accepted: (name: ClaimedName) => { isSame: boolean } | null,
  ): ClaimAnswer {
    const found = names.map((name) => this.#find(name, nowMs));
    const claims = names.map((name, i): Claim | null => {
      const row = found[i];
      if (row === undefined) {
        const own = accepted(name);
        return own && { log: 0, epoch: -1, at: 0, ...own };
      }
      const claim = { log: row.log, epoch: row.epoch, at: row.at, isSame: row.digest === name.digest };
      const isMine = claim.isSame && claim.log === log && claim.epoch === epoch;
      return isMine || isSameClaim(claim, name.insteadOf) ? null : claim;
    });
    if (claims.some((claim) => claim !== null)) return { outcome: "taken", claims };
    // A claim that takes another's place is told from it by its time, also within a millisecond: who made that one cannot give it back.
    const at = Math.max(nowMs, ...found.map((row) => (row ? row.at + 1 : nowMs)));
    for (const name of names) this.#put(name, { log, epoch, at });
    this.#prune(nowMs, names.length * PRUNED_PER_CLAIM);
    const known = [...names.keys()].filter((i) => found[i] !== undefined);
    return { outcome: "claimed", notAfterMs: nowMs + CLAIM_USABLE_MS, at, known };
  }

  /** Takes back what a request claimed that was refused, but where another request has taken its place; in the caller's transaction. */
  giveBack({ names, claim: { log, epoch, at } }: OwnClaims, nowMs: number): void {
    for (const name of names)
      this.#sql.exec(
        "DELETE FROM claims WHERE day IN (?, ?, ?, ?) AND name = ? AND log = ? AND epoch = ? AND at = ?",
        ...[...daysAround(nowMs), keyOf(name), log, epoch, at],
      );
  }

  #find(name: ClaimedName, nowMs: number): ClaimRow | undefined {
    return this.#sql
      .exec<ClaimRow>(
        "SELECT digest, log, epoch, at FROM claims WHERE day IN (?, ?, ?, ?) AND name = ? AND at > ? ORDER BY at DESC LIMIT 1",
        ...[...daysAround(nowMs), keyOf(name), nowMs - CLAIMED_MS],
      )
      .toArray()[0];
  }

  #put(name: ClaimedName, { log, epoch, at }: OwnClaims["claim"]): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO claims (day, name, digest, log, epoch, at) VALUES (?, ?, ?, ?, ?, ?)",
      dayOf(at),
      keyOf(name),
      ...[name.digest, log, epoch, at],
    );
  }

  #prune(nowMs: number, limit: number): void {
    this.#sql.exec(
      `DELETE FROM claims WHERE (day, name) IN
         (SELECT day, name FROM claims WHERE day < ? ORDER BY day, name LIMIT ?)`,
      dayOf(nowMs) - 2,
      limit,
    );
  }
}

function isSameClaim(one: Claim, other: Claim | undefined): boolean {
  return other !== undefined && one.log === other.log && one.epoch === other.epoch && one.at === other.at;
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** The days that a claim which stands may be of: it stands for more than a day, and the clock may have gone back since. */
function daysAround(nowMs: number): number[] {
  const today = dayOf(nowMs);
  return [today - 2, today - 1, today, today + 1];
}

function keyOf({ kind, name }: Pick<ClaimedName, "kind" | "name">): Uint8Array {
  return createHash("sha256").update(`${kind} ${name}`).digest().subarray(0, NAME_BYTES);
}
