import { parsedObject } from "./body.ts";
import { type SignatureSource, signatureOf } from "./headers.ts";
import { hmacsOf, isHmac } from "./hmac-rule.ts";
import { verificationBy, type Webhooks } from "./webhooks.ts";

/** Dialects whose one header is the hex HMAC of the body alone. `key`: throws if the secret is of another kind. */
export function bodySigned<Event>(
  header: string,
  key: (secret: string) => string,
): Webhooks<SignatureSource, Event> {
  return {
    ...verificationBy({
      key,
      read: (source: SignatureSource) => ({
        prefix: "",
        timestamp: null,
        signatures: [signatureOf(source, header.toLowerCase())],
      }),
      isSigned: isHmac("hex"),
      event: (body) => parsedObject(body) as Event,
    }),
    sign: (body, secret) => ({ [header]: hmacsOf(secret, key, "", body, "hex")[0] }),
  };
}
