import { resolve } from "node:path";
import { isKeyList } from "../domain/key-list.ts";
import { readAllowedNetworks } from "./allowed-networks.ts";
import { StartError } from "./start-error.ts";

/** What the environment says, checked. The README has a table of them. */
export interface Settings {
  host: string;
  /** 0 = any free port. */
  port: number;
  /** Absolute. */
  dataDir: string;
  /** `public` and CIDR ranges: both the network's list and the Worker's. */
  allowedNetworks: string[];
  /** Null = the one kept in the data directory. */
  adminToken: string | null;
  /** Null = the one kept in the data directory. */
  encryptionKey: string | null;
  slotsPerObject: number;
  /** Null = the Worker's default. */
  archiveAfterSeconds: number | null;
  /** Null = the Worker's default. */
  safetyNetSeconds: number | null;
  /** Null = the Worker's default. */
  endpointsPerWorkspace: number | null;
  /** For a debugger: workerd's inspector listens here, on loopback. Null = nobody debugs. */
  inspectorPort: number | null;
}

export type Environment = Record<string, string | undefined>;

const DEFAULT_PORT = 8787;

/** As many as an endpoint's `max_in_flight` may ask for: no limit of six connections here, and no senders. */
const DEFAULT_SLOTS_PER_OBJECT = 100;

/**
 * Reads the settings from an environment; an empty variable counts as unset, but ALLOWED_NETWORKS: empty it names none.
 * Throws a StartError that names the bad one.
 */
export function readSettings(environment: Environment): Settings {
  const text = (name: string) => environment[name]?.trim() || null;
  const host = text("HOST") ?? "127.0.0.1";
  return {
    host,
    port: wholeNumber("PORT", text("PORT"), 0, 65535) ?? DEFAULT_PORT,
    dataDir: resolve(text("DATA_DIR") ?? ".atlas"),
    allowedNetworks: readAllowedNetworks(environment.ALLOWED_NETWORKS, host),
    adminToken: text("ADMIN_TOKEN"),
    encryptionKey: checkedEncryptionKey(text("ENCRYPTION_KEY"), "ENCRYPTION_KEY"),
    slotsPerObject:
      wholeNumber("SLOTS_PER_OBJECT", text("SLOTS_PER_OBJECT"), 1, 10_000) ?? DEFAULT_SLOTS_PER_OBJECT,
    archiveAfterSeconds: wholeNumber("ARCHIVE_AFTER_SECONDS", text("ARCHIVE_AFTER_SECONDS"), 1, 86_400),
    safetyNetSeconds: wholeNumber("SAFETY_NET_SECONDS", text("SAFETY_NET_SECONDS"), 1, 3600),
    endpointsPerWorkspace: wholeNumber(
      "ENDPOINTS_PER_WORKSPACE",
      text("ENDPOINTS_PER_WORKSPACE"),
      1,
      1_000_000,
    ),
    inspectorPort: wholeNumber("INSPECTOR_PORT", text("INSPECTOR_PORT"), 1, 65535),
  };
}

function wholeNumber(name: string, text: string | null, least: number, most: number): number | null {
  if (text === null) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new StartError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}

/** The text, if it is a comma list of base64 keys of 32 bytes; `source` is what the error calls it. Never shows the key. */
export function checkedEncryptionKey(text: string | null, source: string): string | null {
  if (text === null || isKeyList(text)) return text;
  throw new StartError(`${source} must be 32 bytes in base64 (or a comma list of such keys, newest first).`);
}
