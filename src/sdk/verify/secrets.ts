import { WebhookVerificationError } from "./error.ts";

/** One secret, or several while they are rotated. */
export type Secrets = string | readonly string[];

/** The secrets as a list. Throws WebhookVerificationError if there is none, or one is empty: its signature anyone can make. */
export function secretsOf(secrets: Secrets): readonly string[] {
  const list: readonly string[] = Array.isArray(secrets) ? secrets : [secrets];
  for (const secret of list) {
    if (secret === undefined || secret === null || (typeof secret === "string" && secret.trim() === "")) {
      throw new WebhookVerificationError("secret_empty", "The secret is empty");
    }
    if (typeof secret !== "string") {
      throw new WebhookVerificationError("wrong_secret_kind", "The secret must be text");
    }
  }
  if (list.length === 0) throw new WebhookVerificationError("secret_empty", "No secret was given");
  return list;
}

/** Throws WebhookVerificationError, which says what form a secret must have. */
export function refuseKind(form: string): never {
  throw new WebhookVerificationError("wrong_secret_kind", `The secret must be ${form}`);
}

/**
 * The key of a dialect whose secrets are text: the secret. Throws WebhookVerificationError if it is a key for something
 * else: a public key, which everyone may know, is no secret, nor is an API key one of an endpoint.
 */
export function textKey(secret: string): string {
  if (/^(?:whpk_|whsk_|ak_)/.test(secret)) refuseKind("the endpoint's own, not a public, private or API key");
  if (!/^[\x21-\x7e]+$/.test(secret)) refuseKind("visible ASCII characters, without spaces or line ends");
  return secret;
}
