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

/**
 * Who claimed a name for the same log and with the same digest and has not given it back: when each did, one after a space. Null = it is
 * not known of all of them.
 */
export const CLAIMANTS_SCHEMA: SchemaStep = {
  statements: ["ALTER TABLE claims ADD COLUMN claimants TEXT"],
  olderCodeMayRead: true,
};

/** Of so many who claimed a name it is known; beyond that it is not given back. */
const MOST_CLAIMANTS = 8;

/** So long a name stands for what it was given to: as long as one that is an event id, and lies ahead, may come again. */
const CLAIMED_MS = DAY_MS + OWN_ID_FUTURE_MS;

/** Old claims removed with each new one: more than one, so that they become fewer. */
const PRUNED_PER_CLAIM = 4;

const NAME_BYTES = 16;

interface ClaimRow extends Record<string, SqlStorageValue> {
  day: number;
  digest: string;
  log: number;
  epoch: number;
  at: number;
  claimants: string | null;
}

type Name = OwnClaims["names"][number];

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
    const isShared = (row: ClaimRow, { digest }: ClaimedName) =>
      row.digest === digest && row.log === log && row.epoch === epoch;
    const claims = names.map((name, i): Claim | null => {
      const row = found[i];
      if (row === undefined) {
        const own = accepted(name);
        return own && { log: 0, epoch: -1, at: 0, ...own };
      }
      const claim = { log: row.log, epoch: row.epoch, at: row.at, isSame: row.digest === name.digest };
      return isShared(row, name) || isSameClaim(claim, name.insteadOf) ? null : claim;
    });
    if (claims.some((claim) => claim !== null)) return { outcome: "taken", claims };
    // A claim that takes another's place is told from it by its time, also within a millisecond.
    const at = Math.max(nowMs, ...found.map((row) => (row ? row.at + 1 : nowMs)));
    const known: number[] = [];
    for (const [i, name] of names.entries()) {
      const row = found[i];
      const claimants = row && isShared(row, name) ? withClaimant(row.claimants, at) : String(at);
      if (claimants === null) known.push(i);
      this.#put(name, { log, epoch, at }, claimants);
    }
    this.#prune(nowMs, names.length * PRUNED_PER_CLAIM);
    return { outcome: "claimed", notAfterMs: nowMs + CLAIM_USABLE_MS, at, known };
  }

  /**
   * Takes back what a request claimed that was refused; in the caller's transaction. A name is free once all have given it back who
   * claimed it: another request's event may be on its way under it.
   */
  giveBack({ names, claim: { log, epoch, at } }: OwnClaims, nowMs: number): void {
    for (const name of names) {
      const row = this.#find(name, nowMs);
      const claimants = row?.claimants?.split(" ") ?? [];
      const rest = claimants.filter((claimedAt) => claimedAt !== String(at));
      if (row?.log !== log || row.epoch !== epoch || rest.length === claimants.length) continue;
      if (rest.length === 0) this.#free(name, nowMs);
      else this.#setClaimants(name, row.day, rest.join(" "));
    }
  }

  #find(name: Name, nowMs: number): ClaimRow | undefined {
    return this.#sql
      .exec<ClaimRow>(
        "SELECT day, digest, log, epoch, at, claimants FROM claims WHERE day IN (?, ?, ?, ?) AND name = ? AND at > ? ORDER BY at DESC LIMIT 1",
        ...[...daysAround(nowMs), keyOf(name), nowMs - CLAIMED_MS],
      )
      .toArray()[0];
  }

  #put(name: ClaimedName, { log, epoch, at }: OwnClaims["claim"], claimants: string | null): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO claims (day, name, digest, log, epoch, at, claimants) VALUES (?, ?, ?, ?, ?, ?, ?)",
      dayOf(at),
      keyOf(name),
      ...[name.digest, log, epoch, at, claimants],
    );
  }

  #setClaimants(name: Name, day: number, claimants: string): void {
    this.#sql.exec("UPDATE claims SET claimants = ? WHERE day = ? AND name = ?", claimants, day, keyOf(name));
  }

  /** Those of other days with it, whose place the newest had taken. */
  #free(name: Name, nowMs: number): void {
    this.#sql.exec(
      "DELETE FROM claims WHERE day IN (?, ?, ?, ?) AND name = ?",
      ...[...daysAround(nowMs), keyOf(name)],
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

/** Who claimed a name, with one more; null = not known of all of them. */
function withClaimant(claimants: string | null, at: number): string | null {
  const isRoom = claimants !== null && claimants.split(" ").length < MOST_CLAIMANTS;
  return isRoom ? `${claimants} ${at}` : null;
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

function keyOf({ kind, name }: Name): Uint8Array {
  return createHash("sha256").update(`${kind} ${name}`).digest().subarray(0, NAME_BYTES);
}
