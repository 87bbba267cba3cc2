import type { OutgoingDelivery } from "../domain/delivery.ts";
import type { DialectDefaults } from "../domain/endpoint.ts";
import type { ReceivedRequest, SignatureVerdict } from "../domain/received-request.ts";
import type { Chance } from "../domain/surroundings.ts";

/** What goes over the wire, apart from the endpoint's own headers and auth. */
export interface OutgoingRequest {
  headers: Record<string, string>;
  /** Sent as UTF-8. */
  body: string;
}

export interface SigningContext {
  /** The secrets that sign, newest first: one where the dialect says `oneSignature`; empty where there is none. */
  secrets: string[];
  /** The time of the attempt, Unix milliseconds. */
  nowMs: number;
  options: Record<string, string>;
}

/**
 * An option of a dialect: its allowed values, of which the first is the default, or a text of the endpoint's own, with
 * what is wrong with it for the person who gave it; null = nothing. A text has no default that is shown.
 */
export type DialectOption = readonly [string, ...string[]] | ((text: string) => string | null);

/** One wire contract: everything that distinguishes it, in one row of the table in `index.ts`. */
export interface Dialect {
  /** What an endpoint gets where it names no policy of its own. */
  defaults: DialectDefaults;
  secret: {
    /** `generated`: made unless given. `optional`: none unless given. `never`: the contract is unsigned. */
    presence: "generated" | "optional" | "never";
    /**
     * Whether receivers compare the whole header, so that it holds one signature: then a rotation has a switch-over
     * time (`domain/signing.ts`). Absent = one signature per live secret.
     */
    oneSignature?: boolean;
    /** A new secret of this dialect's form. */
    generate(chance: Chance): string;
    /** What is wrong with a given secret, for the person who gave it; null = nothing. */
    problem(secret: string): string | null;
    /**
     * What a receiver verifies with where it is another key than the secret; null = the secret itself. Absent = this
     * dialect has none.
     */
    publicKey?(secret: string): string | null;
  };
  /** The options that an endpoint may set. */
  options: Record<string, DialectOption>;
  /** The request of one attempt. Pure: the same input gives the same bytes. */
  build(delivery: OutgoingDelivery, signing: SigningContext): OutgoingRequest;
  /** What a received request's signature says, by one secret. */
  verdict(received: ReceivedRequest, secret: string): SignatureVerdict;
  /** Header names that this dialect sets, lower case: an endpoint's own headers may not use them. */
  reservedHeaders: readonly string[];
  /** Whether the receiver's URL is a secret: then lists, records and logs show it masked. Absent = no. */
  masksUrl?: boolean;
}
