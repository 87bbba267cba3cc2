import type { Dialect } from "./dialect.ts";
import { jsonRequest, reserved } from "./request.ts";

/**
 * Calls and chat messages of a campaign: the event object alone, in an array, unsigned (the receiver's URL is the
 * secret). Receivers deduplicate by what is in `data` (`callId`, a message's id), so nothing is added to it.
 */
export const voice: Dialect = {
  // Best effort: at once, after 10 s, after 60 s.
  defaults: { retry: { delays: [10, 60], jitter: 0 }, disableAfterFailures: null },
  secret: {
    presence: "never",
    generate() {
      throw new TypeError("voice is unsigned: it has no secrets");
    },
    problem: () => "voice deliveries are unsigned: leave the secret out",
  },
  options: {},
  build: ({ event }) => jsonRequest(`[${event.data}]`, {}),
  verdict: () => "unsigned",
  reservedHeaders: reserved(),
  // Unsigned: whoever knows the URL can post to it.
  masksUrl: true,
};
