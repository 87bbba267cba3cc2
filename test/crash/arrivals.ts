import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { KeyPlace } from "../../src/domain/order.ts";
import { Random } from "../e2e/random.ts";
import type { Answer, ReceivedRequest } from "../e2e/receiver.ts";
import type { CrashEndpoint } from "./endpoints.ts";
import type { Publications } from "./publications.ts";

/** One attempt as its receiver saw it. */
export interface Arrival {
  eventId: string;
  /** From the dialect's header; null where it sends none. */
  sequence: number | null;
  /** Its place in the order of its key, as it was told; null = it was not. */
  keyPlace: KeyPlace | null;
  /** The publication that the body carries, byte for byte; null = the body is none of ours. */
  publication: number | null;
  /** SHA-256 of the body. */
  digest: string;
  /** In which life of the service it arrived: raised before each start. */
  life: number;
  /** Unix milliseconds. */
  arrivedAt: number;
  /** When the answer goes out or the connection is closed, Unix milliseconds. */
  answerAt: number;
  isSuccess: boolean;
}

/** Share of the attempts that fail. */
const FAILING = 0.2;

/** Answers as the receiver of one endpoint, and notes each attempt. Failures follow from the seed, the event and the try. */
export class Arrivals {
  readonly all: Arrival[] = [];
  readonly #endpoint: CrashEndpoint;
  readonly #publications: Publications;
  readonly #seed: number;
  readonly #life: () => number;
  readonly #tries = new Map<string, number>();

  constructor(endpoint: CrashEndpoint, publications: Publications, seed: number, life: () => number) {
    this.#endpoint = endpoint;
    this.#publications = publications;
    this.#seed = seed;
    this.#life = life;
  }

  /** Notes an attempt; returns how to answer it. */
  take({ headers, body, arrivedAt }: ReceivedRequest): Answer {
    const { name, idHeader, sequenceHeader } = this.#endpoint;
    const eventId = String(headers[idHeader]);
    const tries = (this.#tries.get(eventId) ?? 0) + 1;
    this.#tries.set(eventId, tries);
    const text = body.toString("utf8");
    const data = text.slice(text.indexOf('"data":') + '"data":'.length, -1);
    const publication = this.#publications.ofData(data);
    const random = new Random(this.#seed, `${name} ${publication?.number} ${tries}`);
    const isSuccess = !random.happens(FAILING);
    const delayMs = random.happens(0.5) ? random.whole(5, 40) : 0;
    // Closed at once, and such a request is sent once more at once.
    const isClosed = !isSuccess && random.happens(0.2);
    this.all.push({
      eventId,
      sequence: sequenceHeader === null ? null : Number(headers[sequenceHeader]),
      keyPlace: keyPlaceIn(headers),
      publication: publication?.data === data ? publication.number : null,
      digest: createHash("sha256").update(body).digest("base64"),
      life: this.#life(),
      arrivedAt,
      answerAt: isClosed ? arrivedAt : arrivedAt + delayMs,
      isSuccess,
    });
    if (isClosed) return { kind: "close" };
    return { kind: "status", status: isSuccess ? 200 : 500, delayMs };
  }
}

function keyPlaceIn(headers: IncomingHttpHeaders): KeyPlace | null {
  const { "atlas-key": key = "", "atlas-key-sequence": sequence } = headers;
  return sequence === undefined ? null : { key: decodeURIComponent(String(key)), sequence: Number(sequence) };
}
