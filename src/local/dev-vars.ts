import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { StartError } from "./start-error.ts";

/**
 * The operator's token in wrangler's file of development secrets; the file is made, with new secrets in it and readable
 * by its owner only, where there is none. Throws a StartError if one is there that lacks a secret.
 */
export function developmentToken(file: string): string {
  if (!existsSync(file)) {
    const secrets = {
      ADMIN_TOKEN: randomBytes(32).toString("base64url"),
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    };
    const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
    writeFileSync(file, lines.join(""), { mode: 0o600 });
  }
  const text = readFileSync(file, "utf8");
  const token = secretIn(text, "ADMIN_TOKEN");
  if (token === null || secretIn(text, "ENCRYPTION_KEY") === null) {
    throw new StartError(
      `${file} must set ADMIN_TOKEN and ENCRYPTION_KEY, as .dev.vars.example says: add them, or delete it to have it made.`,
    );
  }
  return token;
}

/** A variable's value; null = not set. */
function secretIn(text: string, name: string): string | null {
  const line = text.split("\n").find((one) => one.trim().startsWith(`${name}=`));
  const value = line?.slice(line.indexOf("=") + 1).trim();
  return value?.replace(/^(["'])(.*)\1$/, "$2") || null;
}
