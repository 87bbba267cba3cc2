import type { EndpointSecrets } from "../domain/endpoint.ts";
import { secretsShape } from "../domain/endpoint-shapes.ts";
import { keyBytes, keysIn } from "../domain/key-list.ts";
import type { StoredText } from "../domain/stored.ts";
import { type Chance, secretBytes } from "../domain/surroundings.ts";

/*
 * Secrets at rest: AES-256-GCM under a key from the environment. A sealed text reads `v1.<key id>.<iv>.<ciphertext>`,
 * base64url; the key id is the first 8 bytes of the key's SHA-256, so that old keys still decrypt after a rotation.
 */

const VERSION = "v1";
/** The nonce length that GCM is specified for (NIST SP 800-38D). */
const IV_BYTES = 12;

interface SealingKey {
  id: string;
  key: CryptoKey;
}

type KeyEnv = { ENCRYPTION_KEY: string };

/**
 * Imported once per isolate: importing costs more than sealing. Keys, not a promise of them: a promise of one request
 * must not be awaited by another.
 */
let imported: { text: string; keys: SealingKey[] } | null = null;

/** The sealed text of an endpoint's secrets, under the newest key. Throws if ENCRYPTION_KEY is not usable. */
export function sealSecrets(secrets: EndpointSecrets, env: KeyEnv, chance: Chance): Promise<string> {
  return sealText(secretsShape.write(secrets), env, chance);
}

/** The secrets in a sealed text. Throws if its key is not in ENCRYPTION_KEY or the text was changed. */
export async function openSecrets(sealed: string, env: KeyEnv): Promise<EndpointSecrets> {
  return secretsShape.read((await openText(sealed, env)) as StoredText<EndpointSecrets>);
}

/** Any text, sealed under the newest key. */
export async function sealText(text: string, env: KeyEnv, chance: Chance): Promise<string> {
  const [newest] = await sealingKeys(env);
  if (newest === undefined) throw new Error("ENCRYPTION_KEY holds no key");
  const iv = secretBytes(chance, IV_BYTES);
  const plain = new TextEncoder().encode(text);
  const cipher = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, newest.key, plain);
  return [VERSION, newest.id, toBase64Url(iv), toBase64Url(new Uint8Array(cipher))].join(".");
}

/** The text in a sealed text; throws like `openSecrets`. */
export async function openText(sealed: string, env: KeyEnv): Promise<string> {
  const [version, keyId, iv, cipher, ...rest] = sealed.split(".");
  if (version !== VERSION || !keyId || !iv || !cipher || rest.length > 0)
    throw new Error("not a sealed text");
  const found = (await sealingKeys(env)).find((candidate) => candidate.id === keyId);
  if (found === undefined) throw new Error("sealed under a key that is not in ENCRYPTION_KEY");
  const plain = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: Buffer.from(iv, "base64url") },
    found.key,
    Buffer.from(cipher, "base64url"),
  );
  return new TextDecoder().decode(plain);
}

async function sealingKeys(env: KeyEnv): Promise<SealingKey[]> {
  const text = env.ENCRYPTION_KEY;
  if (imported?.text === text) return imported.keys;
  const keys = await importKeys(text);
  imported = { text, keys };
  return keys;
}

function importKeys(list: string | undefined): Promise<SealingKey[]> {
  return Promise.all(keysIn(list).map(importKey));
}

async function importKey(text: string): Promise<SealingKey> {
  const bytes = keyBytes(text);
  if (bytes === null) throw new Error("ENCRYPTION_KEY: each key is 32 bytes in base64");
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id: toBase64Url(new Uint8Array(hash, 0, 8)), key };
}

function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
