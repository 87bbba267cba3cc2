import { type Chance, secretBytes } from "../domain/surroundings.ts";

/** `whsec_` + base64 of 32 random bytes: the form of Standard Webhooks, above its minimum of 24. */
export function newSecret(chance: Chance): string {
  return `whsec_${Buffer.from(secretBytes(chance, 32)).toString("base64")}`;
}

/**
 * What is wrong with a given secret whose characters are the key; null = nothing. ASCII without spaces, because
 * receivers' own code encodes it as ASCII and reads it from environment variables.
 */
export function asciiSecretProblem(secret: string): string | null {
  return /^[\x21-\x7e]{16,256}$/.test(secret)
    ? null
    : "must be 16 to 256 visible ASCII characters, without spaces";
}
