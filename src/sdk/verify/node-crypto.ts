import type * as crypto from "node:crypto";

/** What this needs of Node's crypto. */
export type NodeCrypto = Pick<typeof crypto, "createHmac" | "createPublicKey" | "createSecretKey" | "verify">;

let known: NodeCrypto | null | undefined;

/**
 * The runtime's own crypto, as Node (from 20.16), Deno, Bun and Workers with `nodejs_compat` have it; null elsewhere.
 * Asked for at run time, so that a bundler for browsers finds nothing to resolve.
 */
export function nodeCrypto(): NodeCrypto | null {
  if (known === undefined) known = find();
  return known;
}

function find(): NodeCrypto | null {
  try {
    const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
    const found = process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
    return typeof found?.createHmac === "function" ? found : null;
  } catch {
    return null;
  }
}
