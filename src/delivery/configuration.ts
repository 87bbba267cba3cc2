import { loadEndpointConfig } from "../config/endpoint-config.ts";
import { openSecrets } from "../config/seal.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { dialectNamed } from "../dialects/index.ts";
import type { EndpointConfig, EndpointSecrets, EndpointStatus } from "../domain/endpoint.ts";
import { checkUrl, parseAllowedNetworks } from "../domain/networks.ts";
import type { Env } from "../env.ts";
import { readMeta, writeMeta } from "../storage/schema.ts";
import { Authenticator } from "./auth.ts";
import { reportStatusChange, type StatusChange } from "./status-change.ts";

/** What follows from a configuration and is needed at each attempt. */
export interface Prepared {
  config: EndpointConfig;
  secrets: EndpointSecrets;
  dialect: Dialect;
  authenticator: Authenticator;
  isUrlAllowed: boolean;
}

/** The configuration an endpoint object works by: the newest version it was given, and its own changes of status. */
export class Configuration {
  readonly #sql: SqlStorage;
  readonly #env: Env;
  readonly #endpointId: () => string;
  #prepared: Prepared | null = null;

  constructor(sql: SqlStorage, env: Env, endpointId: () => string) {
    this.#sql = sql;
    this.#env = env;
    this.#endpointId = endpointId;
  }

  /** Reads what is stored; before the object's first request. */
  async load(): Promise<void> {
    const stored = readMeta<string>(this.#sql, "config");
    if (stored !== null) this.#prepared = await this.#prepare(JSON.parse(stored));
  }

  get isPresent(): boolean {
    return this.#prepared !== null;
  }

  get current(): Prepared {
    if (!this.#prepared) throw new Error("the endpoint has no configuration");
    return this.#prepared;
  }

  /**
   * Takes a configuration; null if it has one as new. An object without one asks D1 instead: what it is given may
   * have been sent before the endpoint was deleted.
   */
  async adopt(
    given: EndpointConfig | null,
  ): Promise<{ before: EndpointConfig | null; after: EndpointConfig } | null> {
    const config =
      this.#prepared && given ? given : await loadEndpointConfig(this.#env.DB, this.#endpointId());
    if (!config) return null;
    const prepared = await this.#prepare(config);
    const before = this.#prepared?.config ?? null;
    if (before && before.version >= config.version) return null;
    this.#storeConfig(config, null);
    this.#prepared = prepared;
    return { before, after: config };
  }

  /** A change of status that the object makes itself; part of the caller's transaction. Told to D1 by `report`. */
  changeStatus(status: EndpointStatus, reason: string): void {
    const { config } = this.current;
    const changed = { ...config, status, statusReason: reason };
    this.#storeConfig(changed, { version: config.version, status, reason });
    this.#prepared = { ...this.current, config: changed };
  }

  #storeConfig(config: EndpointConfig, change: StatusChange | null): void {
    writeMeta(this.#sql, "config", JSON.stringify(config));
    if (change) writeMeta(this.#sql, "status_change", JSON.stringify(change));
    else this.#sql.exec("DELETE FROM meta WHERE key = 'status_change'");
  }

  /** Tells D1 a change of status that it does not know yet, if there is one. */
  async report(): Promise<void> {
    const stored = readMeta<string>(this.#sql, "status_change");
    if (stored === null) return;
    await reportStatusChange(this.#env, this.#endpointId(), JSON.parse(stored));
    this.#sql.exec("DELETE FROM meta WHERE key = 'status_change' AND value = ?", stored);
  }

  async #prepare(config: EndpointConfig): Promise<Prepared> {
    const secrets = await openSecrets(config.sealed, this.#env);
    const dialect = dialectNamed(config.dialect);
    if (!dialect) throw new Error(`this version knows no dialect ${config.dialect}`);
    return {
      config,
      secrets,
      dialect,
      authenticator: new Authenticator(secrets.auth),
      isUrlAllowed: checkUrl(config.url, parseAllowedNetworks(this.#env.ALLOWED_NETWORKS)) === null,
    };
  }
}
