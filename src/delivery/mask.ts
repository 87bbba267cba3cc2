import type { EndpointAuth, EndpointSecrets } from "../domain/endpoint.ts";

/** What stands in a record for a value that must not be read there. */
export const MASK = "***";

/** Shorter values are no secrets, and masking them would make answers unreadable. */
const LEAST_CHARACTERS = 6;

/** Takes an endpoint's secrets out of what its receiver sent back. */
export interface Masker {
  mask(text: string): string;
  /** Of a text that was cut: without a tail that is the beginning of a secret. */
  withoutCutSecret(text: string): string;
}

/**
 * What takes an endpoint's secrets out of a text: an echo of a request must not put them on record.
 * @param sent the endpoint's own headers as they were sent, those of its authentication among them
 */
export function masker(secrets: EndpointSecrets, sent: Record<string, string>): Masker {
  const values = [
    ...secrets.secrets.map(({ secret }) => secret),
    ...Object.values(secrets.headers),
    ...authSecrets(secrets.auth),
    // Both the whole value and, of `Bearer …` and `Basic …`, what comes after the scheme.
    ...Object.values(sent).flatMap((value) => [value, value.replace(/^(?:Bearer|Basic) /, "")]),
  ].filter((value) => value.length >= LEAST_CHARACTERS);
  // The longest first, so that no part of one is left.
  const ordered = [...new Set(values.flatMap((value) => [value, asLatin1(value)]))].sort(
    (a, b) => b.length - a.length,
  );
  return {
    mask: (text) => ordered.reduce((rest, value) => rest.replaceAll(value, MASK), text),
    withoutCutSecret: (text) => {
      const tails = ordered.map((value) => lengthOfCutTail(text, value));
      return text.slice(0, text.length - Math.max(0, ...tails));
    },
  };
}

/** How many of a text's last characters are the beginning of a secret. */
function lengthOfCutTail(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}

/** The value as it reads in UTF-8 bytes that are shown one character each: so are bodies, see `receiver-answer.ts`. */
function asLatin1(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

function authSecrets(auth: EndpointAuth | null): string[] {
  switch (auth?.type) {
    case undefined:
      return [];
    case "basic":
      return [auth.password];
    case "bearer":
      return [auth.token];
    case "header":
      return [auth.value];
    case "oauth2":
      return [auth.clientSecret];
  }
}
