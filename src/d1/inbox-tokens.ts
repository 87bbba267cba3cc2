import { createHmac, timingSafeEqual } from "node:crypto";
import { jurisdictionOf } from "../domain/ids.ts";
import { keysIn } from "../domain/key-list.ts";
import { type Chance, secretBytes } from "../domain/surroundings.ts";

/*
 * What an inbox's URL ends with: half of it names the inbox's object, the other half proves that this service made it. So
 * one that somebody made up reaches neither D1 nor an object.
 */

/** Says what the derived key is for: no other use of ENCRYPTION_KEY can give the same one. */
const PURPOSE = "atlas-webhooks inbox tokens v1";

const FORM = /^([A-Za-z0-9-]{22})([A-Za-z0-9-]{22})(?:_[a-z]{2})?$/;

type KeyEnv = { ENCRYPTION_KEY: string };

/** A derived key for each key of the ring, newest first; they are made once per isolate. */
let derived: { text: string; keys: Buffer[] } | null = null;

/** A new token of an inbox of a workspace, bound to the workspace's jurisdiction. */
export function newInboxToken(workspaceId: string, env: KeyEnv, chance: Chance): string {
  const [newest] = tokenKeys(env);
  if (newest === undefined) throw new Error("ENCRYPTION_KEY holds no key");
  const name = Buffer.from(secretBytes(chance, 16)).toString("base64url").replaceAll("_", "-");
  const jurisdiction = jurisdictionOf(workspaceId);
  return name + proofOf(name, newest) + (jurisdiction === null ? "" : `_${jurisdiction}`);
}

/** Whether this service made a token. */
export function isInboxToken(token: string, env: KeyEnv): boolean {
  const [, name = "", proof = ""] = FORM.exec(token) ?? [];
  if (name === "") return false;
  return tokenKeys(env).some((key) => timingSafeEqual(Buffer.from(proofOf(name, key)), Buffer.from(proof)));
}

function tokenKeys({ ENCRYPTION_KEY: text }: KeyEnv): Buffer[] {
  if (derived?.text === text) return derived.keys;
  const keys = keysIn(text).map((key) =>
    createHmac("sha256", Buffer.from(key, "base64")).update(PURPOSE).digest(),
  );
  derived = { text, keys };
  return keys;
}

/** 22 characters of base64url without `_`, which begins the jurisdiction. */
function proofOf(name: string, key: Buffer): string {
  const digest = createHmac("sha256", key).update(name).digest("base64url");
  return digest.slice(0, 22).replaceAll("_", "-");
}
