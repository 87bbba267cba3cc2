import { allowedNetworksOf } from "../../allowed-networks.ts";
import { readPolicy } from "../../contract/policy.ts";
import { loadEndpointConfig } from "../../d1/endpoint-config.ts";
import { dialectNamed } from "../../dialects/index.ts";
import type { EndpointAuth, EndpointConfig, EndpointStatus } from "../../domain/endpoint.ts";
import { endpointConfigShape } from "../../domain/endpoint-shapes.ts";
import { checkUrl } from "../../domain/networks.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import { openSecrets } from "../../seal/seal.ts";
import { forgetMeta, readMeta, readStored, writeMeta, writeStored } from "../../storage/schema.ts";
import type { Tables } from "../../storage/unmade-tables.ts";
import { Authenticator } from "../attempt/auth.ts";
import type { Prepared } from "../attempt/prepared.ts";
import type { Existence } from "./existence.ts";
import { reportStatusChange } from "./status-change.ts";
import { type StatusChange, statusChangeShape } from "./status-change-shape.ts";

/** How long the answer to its question may be on its way: the log calls for no longer. */
const ANSWERED_MS = 10_000;

/** The configuration an endpoint object works by: the newest version it was given, and its own changes of status. */
export class Configuration {
  readonly #tables: Tables;
  readonly #env: Env;
  readonly #endpointId: () => string;
  readonly #existence: Existence;
  readonly #surroundings: Surroundings;
  #prepared: Prepared | null = null;
  /** Whether what there is is stored: that of an object that has stored nothing is in memory alone, and D1 has it. */
  #isStored = false;
  /** Tells this life of the object from others, once it has asked. */
  #lifeId: string | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** A change of status that D1 may not know yet, as stored. */
  #unreported: StoredText<StatusChange> | null = null;

  constructor(
    tables: Tables,
    env: Env,
    endpointId: () => string,
    existence: Existence,
    surroundings: Surroundings,
  ) {
    this.#tables = tables;
    this.#env = env;
    this.#endpointId = endpointId;
    this.#existence = existence;
    this.#surroundings = surroundings;
  }

  /** Reads what is stored; before the object's first request. */
  async load(): Promise<void> {
    const stored = readStored(this.#tables.sql, "config", endpointConfigShape);
    if (stored !== null) this.#prepared = await this.#prepare(stored);
    this.#isStored = stored !== null;
    this.#unreported = readMeta<StoredText<StatusChange>>(this.#tables.sql, "status_change");
  }

  get isPresent(): boolean {
    return this.#prepared !== null;
  }

  get current(): Prepared {
    if (!this.#prepared) throw new Error("the endpoint has no configuration");
    return this.#prepared;
  }

  /** Asks the log that calls. Returns the name of this life of the object: the answer is for no other. */
  ask(): string {
    this.#lifeId ??= String(this.#surroundings.random());
    this.#askedAt = this.#surroundings.nowMs();
    return this.#lifeId;
  }

  /** Whether this life has asked, and the answer may be on its way: another one would ask anew. */
  get isAwaited(): boolean {
    if (this.isPresent || this.#existence.isErased) return false;
    return Math.abs(this.#surroundings.nowMs() - this.#askedAt) < ANSWERED_MS;
  }

  /** Whether an answer is to the question of this life. */
  isAskedBy(askedBy: string): boolean {
    return this.#lifeId === askedBy;
  }

  /**
   * What follows from a configuration, for `adopt`; null if the one there is is as new or newer, or none exists. An object without one
   * asks D1 instead: what it is given may have been sent before the endpoint was deleted.
   * @param isAskedFor whether the object asked for it, and D1 was read since
   */
  async prepare(given: EndpointConfig | null, isAskedFor = false): Promise<Prepared | null> {
    const config =
      given && (this.#prepared || isAskedFor)
        ? given
        : await loadEndpointConfig(this.#env.DB, this.#endpointId());
    return config && this.#isNewer(config) ? this.#prepare(config) : null;
  }

  /**
   * Takes what was prepared, unless the same or a newer version was taken meanwhile; part of the caller's transaction. An object
   * that has stored nothing stores this neither: its next life asks for it again.
   */
  adopt(prepared: Prepared): { before: Prepared | null; after: Prepared } | null {
    if (!this.#isNewer(prepared.config)) return null;
    const before = this.#prepared;
    if (this.#isStored) this.#storeConfig(prepared.config, null);
    this.#prepared = prepared;
    return { before, after: prepared };
  }

  /** The end of every transaction: what has only been in memory is stored with the first of what else is. */
  keep(): void {
    if (this.#isStored || this.#prepared === null || !this.#tables.areMade) return;
    this.#storeConfig(this.#prepared.config, null);
  }

  #isNewer({ version }: EndpointConfig): boolean {
    return this.#prepared === null || version > this.#prepared.config.version;
  }

  /** A change of status that the object makes itself; part of the caller's transaction. Told to D1 by `report`. */
  changeStatus(status: EndpointStatus, reason: string | null): void {
    const { config } = this.current;
    const changed = { ...config, status, statusReason: reason };
    this.#storeConfig(changed, { version: config.version, status, reason });
    this.#prepared = { ...this.current, config: changed };
  }

  #storeConfig(config: EndpointConfig, change: StatusChange | null): void {
    writeStored(this.#tables.sql, "config", endpointConfigShape, config);
    this.#isStored = true;
    this.#unreported = change && statusChangeShape.write(change);
    if (change) writeMeta(this.#tables.sql, "status_change", this.#unreported);
    else forgetMeta(this.#tables.sql, "status_change");
  }

  /** Whether D1 may not know a change of status yet. */
  get isUnreported(): boolean {
    return this.#unreported !== null;
  }

  /** Tells D1 a change of status that it does not know yet, if there is one. */
  async report(): Promise<void> {
    const reported = this.#unreported;
    if (reported === null) return;
    const change = statusChangeShape.read(reported);
    await reportStatusChange(this.#env, this.#endpointId(), change, this.#surroundings);
    // A newer configuration, another change, or the end may have come meanwhile.
    if (this.#unreported !== reported || this.#existence.isErased) return;
    this.#unreported = null;
    forgetMeta(this.#tables.sql, "status_change");
  }

  async #prepare(config: EndpointConfig): Promise<Prepared> {
    const secrets = await openSecrets(config.sealed, this.#env);
    const dialect = dialectNamed(config.dialect);
    if (!dialect) throw new Error(`this version knows no dialect ${config.dialect}`);
    const networks = allowedNetworksOf(this.#env);
    const { auth } = secrets;
    const policy = readPolicy(config.policy, dialect.defaults);
    const urls = [
      ...(policy.transport === "http" ? [config.url] : []),
      ...(auth?.type === "oauth2" ? [auth.tokenUrl] : []),
    ];
    return {
      config,
      policy,
      secrets,
      dialect,
      authenticator: this.#authenticator(auth),
      isUrlAllowed: urls.every((url) => checkUrl(url, networks) === null),
    };
  }

  /** The one there is, with its token, unless the authentication is another one. */
  #authenticator(auth: EndpointAuth | null): Authenticator {
    const before = this.#prepared;
    const isSame = before !== null && JSON.stringify(before.secrets.auth) === JSON.stringify(auth);
    return isSame ? before.authenticator : new Authenticator(auth);
  }
}
