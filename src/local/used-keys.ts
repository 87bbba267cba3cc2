import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readKept, writeDurably } from "./durable-files.ts";
import { StartError } from "./start-error.ts";

/**
 * The fingerprints of the encryption keys that secrets in this data directory may lie under, one a line. Without
 * one of those keys the service would take events and deliver nothing, so it does not start.
 */
export class UsedKeys {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws a StartError if a key was used: a new one must not be made in its place. */
  checkNone(keyFile: string): void {
    if (this.#read().length === 0) return;
    throw new StartError(
      `${keyFile} is missing, and the endpoints' secrets lie under it: put it back, or set ENCRYPTION_KEY.`,
    );
  }

  /**
   * Notes the newest of a comma list of keys, which new secrets go under. Throws a StartError if a key that was
   * used before is not in the list.
   */
  check(encryptionKey: string): void {
    const given = encryptionKey.split(",").map((key) => fingerprint(key.trim()));
    const used = this.#read();
    const missing = used.find((one) => !given.includes(one));
    if (missing !== undefined) {
      throw new StartError(
        `ENCRYPTION_KEY lacks a key that secrets may lie under: add it behind the new one. Once nothing lies under it any more, delete the line ${missing} from ${this.#file}.`,
      );
    }
    const [newest] = given;
    if (newest === undefined || used.includes(newest)) return;
    writeDurably(this.#file, `${[...used, newest].join("\n")}\n`);
  }

  #read(): string[] {
    if (!existsSync(this.#file)) return [];
    const lines = readKept(this.#file)
      .split("\n")
      .filter((line) => line !== "");
    if (lines.every((line) => /^[0-9a-f]{16}$/.test(line))) return lines;
    throw new StartError(`${this.#file} is damaged: put it back from a backup.`);
  }
}

/** Tells keys apart and gives nothing of them away. */
function fingerprint(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}
