import * as noble from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { base64Of } from "./bytes.ts";
import { nodeCrypto } from "./node-crypto.ts";

// It hashes with SHA-512, which this library leaves to its user where the call is synchronous.
noble.hashes.sha512 = sha512;

/** What `standard` needs for signatures of the scheme `v1a`. */
export interface Ed25519 {
  /** `signature`: 64 bytes, `publicKey`: 32. */
  verify(signature: Uint8Array, content: Uint8Array, publicKey: Uint8Array): boolean;
  /** The 64 bytes of the signature. `seed`: 32 bytes. */
  sign(content: Uint8Array, seed: Uint8Array): Uint8Array;
}

/** Native where that is had. */
export const ed25519: Ed25519 = {
  verify(signature, content, publicKey) {
    const native = nodeCrypto();
    if (native === null) return portableVerify(signature, content, publicKey);
    try {
      const x = base64Of(publicKey).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      const key = native.createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return native.verify(null, content, key, signature);
    } catch {
      return false;
    }
  },
  sign: (content, seed) => noble.sign(content, seed),
};

/** Verifies a signature in plain JavaScript, by the strict rules of RFC 8032, as native code has them. */
function portableVerify(signature: Uint8Array, content: Uint8Array, publicKey: Uint8Array): boolean {
  return noble.verify(signature, content, publicKey, { zip215: false });
}
