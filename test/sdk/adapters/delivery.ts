import { type AtlasEvent, atlas } from "../../../src/sdk/index.ts";

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Longer than one chunk of a socket, with text beyond ASCII and spaces that a parser would not keep. */
export const BODY = `{"id":"evt_1", "type":"deal.created","data":{"name":"Zoë 🜁","note":"${"x".repeat(200_000)}"}}`;

/** The headers with which the service sends `BODY`. */
export function headers(body = BODY): Record<string, string> {
  return { "Content-Type": "application/json", ...atlas.webhooks.sign(body, SECRET) };
}

/** What an adapter must answer to each of these. */
export const DELIVERIES: { name: string; init: () => RequestInit; status: number; code?: string }[] = [
  { name: "a good one", init: () => ({ body: BODY, headers: headers() }), status: 204 },
  {
    name: "a changed body",
    init: () => ({ body: BODY.replace("evt_1", "evt_2"), headers: headers() }),
    status: 400,
    code: "no_match",
  },
  {
    name: "no signature",
    init: () => ({ body: BODY, headers: { "Content-Type": "application/json" } }),
    status: 400,
    code: "header_missing",
  },
  { name: "an empty body", init: () => ({ headers: headers() }), status: 400, code: "no_match" },
  {
    name: "what the handler fails at",
    init: () => ({ body: '{"id":"evt_fails"}', headers: headers('{"id":"evt_fails"}') }),
    status: 500,
  },
];

/** What the handler of each adapter does. */
export class Handling {
  readonly events: AtlasEvent[] = [];

  readonly handle = async (event: AtlasEvent): Promise<void> => {
    if (event.id === "evt_fails") throw new Error("the handler fails");
    this.events.push(event);
  };
}
