import type { Catalog } from "../catalog/index.ts";
import type { LogRouting } from "../domain/log-shards.ts";
import type { Role } from "../domain/roles.ts";
import type { Reach } from "../domain/scope.ts";

/** Who calls, and the settings of its workspace that publishing needs, so that publishing asks D1 nothing. */
export interface Caller extends Reach {
  workspaceName: string;
  keyId: string;
  keyName: string;
  role: Role;
  apiVersion: string;
  /** Whether events must be of a known type and fit its schema. */
  validateEvents: boolean;
  /** How its events are spread over its logs, as D1 had it lately; the logs refuse what is sent by an older routing. */
  logs: LogRouting;
  /** The contracts whose event types the workspace started with. */
  catalog: Catalog;
  /** When the key stops working, Unix milliseconds; null = never. */
  expiresAt: number | null;
  /** Requests per second; null = no limit. */
  rateLimit: number | null;
}
