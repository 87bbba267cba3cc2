import ipaddr from "ipaddr.js";
import type { Deadlines } from "../../deadlines.ts";
import type { AttemptError } from "../../domain/delivery.ts";
import { type AllowedNetworks, isAllowedAddress } from "../../domain/networks.ts";
import { InvalidAnswer, NoAnswer } from "./answer-errors.ts";
import { addressOf, type Connect, canConnect } from "./connection.ts";
import { isLost } from "./resend.ts";

/** How long finding out why a request failed may take, in each of its steps. */
const PROBE_TIMEOUT_MS = 2000;

/** How long an answer stands for what fails in the same way meanwhile. */
const SHARED_MS = 1000;

/** What a diagnosis needs of the platform. */
export interface DiagnosePort {
  /** Opens a connection from where deliveries are sent; null where none is opened to find out. */
  connect: Connect | null;
  /** The addresses of a name; null where the platform does not tell. */
  resolve: ((name: string) => Promise<string[]>) | null;
  networks: AllowedNetworks;
  deadlines: Deadlines;
}

/**
 * Why no connection was opened. workerd says "Network connection lost." of one that was refused and of one that broke in
 * its handshake, and "internal error" of a name without address, a bad certificate and an address that is not allowed: so
 * one more connection is opened to tell them apart, which no byte goes over.
 * On Cloudflare, where most of this comes as an answer (`cloudflare-answers.ts`), none is: sockets to Cloudflare's own
 * addresses are refused, and waiting for one is billed. Never throws.
 */
async function diagnose(error: unknown, url: string, port: DiagnosePort): Promise<AttemptError> {
  const { connect } = port;
  if (connect === null) return isLost(error) ? "reset" : "connect";
  const ask = (question: (signal: AbortSignal) => Promise<boolean>) => inTime(question, port.deadlines);
  const canBeReached = await ask((signal) => canConnect(connect, url, signal));
  if (isLost(error)) return canBeReached ? "reset" : "connect";
  if (canBeReached) return url.startsWith("https:") ? "tls" : "reset";
  const addresses = await addressesOf(addressOf(url).hostname, port);
  if (addresses === null) return "connect";
  if (addresses.length === 0) return "dns";
  return addresses.some((candidate) => isAllowedAddress(candidate, port.networks))
    ? "connect"
    : "blocked_address";
}

/**
 * The diagnoses of one endpoint. A backlog whose receiver is down fails thousands of times a second, and two connections
 * for each would hold up everybody else: so what fails in the same way within a second is told by one diagnosis.
 * One for each object: a promise cannot be awaited by another one.
 */
export class Diagnoses {
  readonly #port: DiagnosePort;
  readonly #nowMs: () => number;
  #last: { failure: string; at: number; reason: Promise<AttemptError> } | null = null;

  constructor(port: DiagnosePort, nowMs: () => number) {
    this.#port = port;
    this.#nowMs = nowMs;
  }

  /** Why a request to the URL got no answer. Never throws. */
  reasonOf(error: unknown, url: string): Promise<AttemptError> {
    if (error instanceof InvalidAnswer) return Promise.resolve("invalid_answer");
    if (error instanceof NoAnswer) return Promise.resolve("reset");
    // workerd puts a reference into its internal errors that is another one each time.
    const failure = `${isLost(error) ? "lost" : "internal"} ${url}`;
    const nowMs = this.#nowMs();
    // A clock that was set back must not keep an answer.
    const isFresh = this.#last !== null && Math.abs(nowMs - this.#last.at) < SHARED_MS;
    if (this.#last?.failure !== failure || !isFresh)
      this.#last = { failure, at: nowMs, reason: diagnose(error, url, this.#port) };
    return this.#last.reason;
  }
}

/** The answer to a question over the network; no, where it throws or takes too long. */
async function inTime(
  question: (signal: AbortSignal) => Promise<boolean>,
  deadlines: Deadlines,
): Promise<boolean> {
  const controller = new AbortController();
  const end = deadlines.in(PROBE_TIMEOUT_MS, () => controller.abort());
  try {
    return await question(controller.signal);
  } catch {
    return false;
  } finally {
    end();
  }
}

async function addressesOf(hostname: string, { resolve }: DiagnosePort): Promise<string[] | null> {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (ipaddr.isValid(bare)) return [bare];
  try {
    return resolve ? await resolve(hostname) : null;
  } catch {
    return null;
  }
}
