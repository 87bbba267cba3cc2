import { parsed, type RawBody, requireObject } from "../verify/body.ts";
import { anyEquals } from "../verify/comparison.ts";
import { WebhookVerificationError } from "../verify/error.ts";
import { refuseKind } from "../verify/secrets.ts";
import { type Verification, verificationBy } from "../verify/webhooks.ts";

/** The event object of a call or a chat message, as the `voice` dialect delivers it. */
export type VoiceEvent = Record<string, unknown>;

/** What follows the host: path and query, which only the sender knows. Null if there is nothing to guess. */
function pathOf(url: string): string | null {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return /^\/[^?]/.test(path) || /^\/\?./.test(path) ? path : null;
}

function event(body: RawBody): VoiceEvent {
  const list = parsed(body);
  if (!Array.isArray(list) || list.length !== 1) {
    throw new WebhookVerificationError("not_json", "The body is no JSON array of one event");
  }
  return requireObject(list[0]);
}

/**
 * Calls and chat messages of a campaign. They are unsigned, their URL is the secret:
 * `voice.webhooks.verify(body, request.url, "/hooks/a-path-that-nobody-guesses")` tells whether that URL was called.
 * `secret`: the `hookUrl` as it was subscribed, or its path with the query. Whoever knows it can post to it again.
 */
export const voice: { readonly webhooks: Verification<string | null | undefined, VoiceEvent> } = {
  webhooks: verificationBy({
    key: (secret: string) =>
      pathOf(secret) ?? refuseKind("a URL, or its path, with a part that is hard to guess"),
    read(url: string | null | undefined) {
      if (!url) throw new WebhookVerificationError("header_missing", "The URL that was called is missing");
      return { prefix: "", timestamp: null, signatures: [pathOf(String(url)) ?? ""] };
    },
    isSigned: ({ signatures }, _body, path) => anyEquals(signatures, path),
    event,
    sourceOf: ({ url }) => url,
  }),
};
