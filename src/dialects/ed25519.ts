import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** The fixed DER bytes before the 32-byte seed in a PKCS #8 ed25519 private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** An ed25519 private key from its 32-byte seed; a 64-byte key is the seed and its public half (libsodium's form). */
function privateKey(bytes: Uint8Array): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, 32)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

/** The ed25519 signature of the content's UTF-8 bytes, base64. */
export function ed25519Base64(key: Uint8Array, content: string): string {
  return sign(null, Buffer.from(content, "utf8"), privateKey(key)).toString("base64");
}

/** The 32 bytes of the public half that belongs to a private key's seed. */
export function ed25519PublicKey(key: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKey(key)).export({ format: "der", type: "spki" });
  return der.subarray(-32);
}
