import { DAY_MS } from "./durations.ts";
import type { SignatureVerdict } from "./received-request.ts";
import { added, always, listed, named, nullable, record, row, shapeOf } from "./stored.ts";

/** What an inbox answers to one request. */
export interface InboxAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Seconds before it is sent; the name is the API's. */
  delay: number;
}

const readHeaders = named(always<string>());

/** How an inbox's answers are stored. */
export const inboxAnswersShape = shapeOf(
  listed(
    record<InboxAnswer>({
      status: always(),
      headers: added({}, readHeaders),
      body: added(""),
      delay: added(0),
    }),
  ),
);

/** What a request's signature says, by which contract, and by whose secret. */
export interface InboxSignature {
  /** `no_secret` = there was nothing to check it by. */
  verdict: SignatureVerdict | "no_secret";
  /** Null = it was checked by none. */
  dialect: string | null;
  /** The endpoint whose secret it is; null = the inbox's own, or none. */
  endpointId: string | null;
}

/** How that is stored. */
export const inboxSignatureShape = shapeOf(
  record<InboxSignature>({
    verdict: always(),
    dialect: nullable(always()),
    endpointId: nullable(always()),
  }),
);

/** The part of the endpoints that an inbox is for, in an order of its own so that the same part is the same text. */
export interface InboxScope {
  endpointIds: string[] | null;
  metadata: [key: string, value: string][];
}

/** How that is stored. */
export const inboxScopeShape = shapeOf(
  record<InboxScope>({
    endpointIds: nullable(always()),
    metadata: listed(row<InboxScope["metadata"][number]>(always(), always())),
  }),
);

/** How a request's headers are stored. */
export const inboxHeadersShape = shapeOf(readHeaders);

/** A request that an inbox received. */
export interface InboxRequest {
  /** From 1, in the order of arrival. */
  number: number;
  /** Unix milliseconds. */
  at: number;
  method: string;
  /** The path below the inbox's own, and the query; empty = none. */
  path: string;
  /** Lower-case names; repeated ones joined by a comma. */
  headers: Record<string, string>;
  /** The first MiB. */
  body: Uint8Array;
  /** Whether there was more, or should have been. */
  isTruncated: boolean;
  /** As it was on arrival. */
  signature: InboxSignature;
}

export type ReceivedByInbox = Omit<InboxRequest, "number">;

/** What an inbox keeps: for so long, so many requests, and so much of each. */
export const INBOX_KEPT_MS = DAY_MS;
export const INBOX_REQUESTS = 200;
export const INBOX_BODY_BYTES = 1024 * 1024;
