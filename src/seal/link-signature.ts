import { createHmac, timingSafeEqual } from "node:crypto";
import { keysIn } from "../domain/key-list.ts";

/*
 * Links of our own that need no key: who has one may follow it until it expires. Signed with a key that is derived from
 * ENCRYPTION_KEY, so that there is no further secret to keep; links signed under an older one of its keys still count.
 */

/** Says what the derived key is for: no other use of ENCRYPTION_KEY can give the same one. */
const PURPOSE = "atlas-webhooks signed links v1";

type KeyEnv = { ENCRYPTION_KEY: string };

/** The signature of what a link says, its expiry included; base64url. */
export function signLink(content: string, env: KeyEnv): string {
  const [newest] = linkKeys(env);
  if (newest === undefined) throw new Error("ENCRYPTION_KEY holds no key");
  return signature(content, newest).toString("base64url");
}

/** Whether a link's signature is ours. */
export function isLinkSigned(content: string, given: string, env: KeyEnv): boolean {
  const bytes = Buffer.from(given, "base64url");
  return linkKeys(env).some((key) => {
    const expected = signature(content, key);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

function linkKeys(env: KeyEnv): Buffer[] {
  return keysIn(env.ENCRYPTION_KEY).map((key) =>
    createHmac("sha256", Buffer.from(key, "base64")).update(PURPOSE).digest(),
  );
}

function signature(content: string, key: Buffer): Buffer {
  return createHmac("sha256", key).update(content).digest();
}
