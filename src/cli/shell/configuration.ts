import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError, UsageError } from "./failure.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the service answers, and with which key. */
export interface Connection {
  /** Without a slash at its end. */
  url: string;
  key: string;
}

const DEFAULT_URL = "http://127.0.0.1:8787";

/** Where `atlas login` keeps URL and key: the user's own folder for settings, XDG's where it is named. */
export function configurationFile({ ATLAS_CONFIG_DIR, XDG_CONFIG_HOME }: Environment): string {
  const folder = ATLAS_CONFIG_DIR || join(XDG_CONFIG_HOME || join(homedir(), ".config"), "atlas");
  return join(folder, "credentials.json");
}

/**
 * ATLAS_URL and ATLAS_KEY, and for each that is not set what `atlas login` kept; without either, the URL is that of
 * `atlas serve`. A kept key goes to its own service alone. Throws a UsageError where no key is known.
 */
export function readConnection(environment: Environment): Connection {
  const kept = readKept(configurationFile(environment));
  const url = readUrl(environment);
  const isKeptsOwn = kept !== null && kept.url === url;
  const key = environment.ATLAS_KEY?.trim() || (isKeptsOwn ? kept.key : "");
  if (key === "") {
    throw new UsageError(
      kept === null || isKeptsOwn
        ? "No key is known: set ATLAS_KEY, or run `atlas login`."
        : `No key is known for ${url} (the one of \`atlas login\` is for ${kept.url}): set ATLAS_KEY, or run \`atlas login --url ${url}\`.`,
    );
  }
  return { url, key };
}

/** Where the service is; no key is needed for that. Throws a UsageError where ATLAS_URL is no URL. */
export function readUrl(environment: Environment): string {
  const given = environment.ATLAS_URL?.trim();
  if (given) return checkedUrl(given, "ATLAS_URL");
  return readKept(configurationFile(environment))?.url ?? DEFAULT_URL;
}

/** The URL without a slash at its end. `source` is what the error calls it. */
export function checkedUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new UsageError(
      `${source} must be an http or https URL, as https://webhooks.example.com, not "${text}".`,
    );
  if (url.username !== "" || url.password !== "")
    throw new UsageError(`${source} must not hold a user name or password: the key goes into ATLAS_KEY.`);
  return url.href.replace(/\/+$/, "");
}

/** Keeps them for this user alone, whole or not at all. Returns the file. */
export function keepConnection(environment: Environment, connection: Connection): string {
  const file = configurationFile(environment);
  const fresh = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(fresh, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
    // The mode of an older file of that name would have stayed.
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new CommandError(
      `${file} cannot be written (${codeOf(error)}): set ATLAS_CONFIG_DIR to a folder of yours.`,
    );
  }
  return file;
}

/** Returns whether there was something to forget. */
export function forgetConnection(environment: Environment): boolean {
  const file = configurationFile(environment);
  const wasKept = readKept(file) !== null;
  rmSync(file, { force: true });
  return wasKept;
}

function readKept(file: string): Connection | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw new CommandError(`${file} cannot be read (${codeOf(error)}).`);
  }
  try {
    const { url, key } = JSON.parse(text) as Partial<Connection>;
    if (typeof url === "string" && typeof key === "string") return { url, key };
  } catch {
    // Told below.
  }
  throw new CommandError(`${file} is damaged: run \`atlas login\` again.`);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
