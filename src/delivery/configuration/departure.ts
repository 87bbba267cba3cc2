import { HOUR_MS } from "../../domain/durations.ts";
import { LISTENER_LEFT } from "../../domain/listening.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import type { Configuration } from "./configuration.ts";

/** Whoever listened and left may come back for so long, and finds all that came meanwhile. */
const KEPT_FOR_MS = HOUR_MS;

const LEFT_AT = "listener_left_at";

/**
 * What follows when the last who listened to an endpoint leaves for good, instead of losing the connection: it is paused,
 * and after an hour disabled, so that nothing piles up for somebody who does not come back. Its changes are part of the
 * caller's transaction.
 */
export class Departure {
  readonly #sql: SqlStorage;
  readonly #configuration: Configuration;

  constructor(sql: SqlStorage, configuration: Configuration) {
    this.#sql = sql;
    this.#configuration = configuration;
  }

  /** Whether there is anything to leave. */
  get isPossible(): boolean {
    const { policy, config } = this.#configuration.current;
    return policy.transport === "listen" && config.status === "enabled";
  }

  leave(nowMs: number): void {
    this.#configuration.changeStatus("paused", LISTENER_LEFT);
    writeMeta(this.#sql, LEFT_AT, nowMs);
  }

  /** When it is disabled, Unix milliseconds; null = never. */
  get endsAt(): number | null {
    const { status, statusReason } = this.#configuration.current.config;
    if (status !== "paused" || statusReason !== LISTENER_LEFT) return null;
    return (readMeta<number>(this.#sql, LEFT_AT) ?? 0) + KEPT_FOR_MS;
  }

  /** Somebody came back before that. */
  undo(): void {
    this.#configuration.changeStatus("enabled", null);
  }

  end(): void {
    this.#configuration.changeStatus("disabled", LISTENER_LEFT);
  }
}
