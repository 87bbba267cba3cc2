import {
  atlasSignedContent,
  parseAtlasSignature,
  writeAtlasSignature,
} from "../../dialects/atlas-signature.ts";
import { parsedObject } from "../verify/body.ts";
import { refuseMalformed, type SignatureSource, signatureOf } from "../verify/headers.ts";
import { hmacsOf, isHmac, secondsOf } from "../verify/hmac-rule.ts";
import { textKey } from "../verify/secrets.ts";
import { verificationBy, type Webhooks } from "../verify/webhooks.ts";

/** An event as the `atlas` dialect delivers it. */
export interface AtlasEvent<Type extends string = string, Data = Record<string, unknown>> {
  /** The same in every attempt and replay: deduplicate by it. */
  id: string;
  type: Type;
  /** Unix seconds. */
  created: number;
  api_version: string;
  /** Its place in the endpoint's order, from 1 without gaps; a test has 0. */
  sequence: number;
  /** Integers above 2^53 lose digits here, as in every `JSON.parse`: read them from the body where they matter. */
  data: Data;
}

const verification = verificationBy({
  key: textKey,
  read(source: SignatureSource) {
    const header = parseAtlasSignature(signatureOf(source, "atlas-signature"));
    if (header === null) refuseMalformed("Atlas-Signature", "t=…,v1=…");
    return { ...header, prefix: atlasSignedContent(header.timestamp, "") };
  },
  isSigned: isHmac("hex"),
  event: (body) => parsedObject(body) as unknown as AtlasEvent,
});

/** The native contract: `atlas.webhooks.verify(body, request.headers["atlas-signature"], secret)`. */
export const atlas: { readonly webhooks: Webhooks<SignatureSource, AtlasEvent> } = {
  webhooks: {
    ...verification,
    sign(body, secret, { now } = {}) {
      const timestamp = secondsOf(now);
      const signatures = hmacsOf(secret, textKey, atlasSignedContent(timestamp, ""), body, "hex");
      return { "Atlas-Signature": writeAtlasSignature(timestamp, signatures) };
    },
  },
};
