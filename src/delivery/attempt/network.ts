import { allowedNetworksOf } from "../../allowed-networks.ts";
import { Deadlines } from "../../deadlines.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import type { Network } from "./attempt.ts";
import { cloudflareError } from "./cloudflare-answers.ts";
import { Diagnoses } from "./diagnose.ts";
import { InvalidAnswer } from "./http-answer.ts";
import { type Connect, type RequestOptions, sendOnNewConnection } from "./own-connection.ts";
import { AnsweredOrigins, type Send } from "./resend.ts";

/** All objects of an isolate share the connections that are kept. */
const ANSWERED_ORIGINS = new AnsweredOrigins();

/**
 * workerd's `fetch` reads on without a pause for as long as a receiver says that its answer will come (1xx), and nothing
 * else happens in the process meanwhile, not even the end of the attempt's time. What froze it is attempted again after
 * the restart: so for so long each request has a connection of its own, where what comes is read here and bounded.
 */
const CAREFUL_MS = 3600_000;

/** Receivers that gave no HTTP on such a connection: they keep having one. The oldest go first. */
const UNTRUSTED_ORIGINS = new Set<string>();
const MAX_UNTRUSTED_ORIGINS = 1000;

/**
 * The way to receivers. On one machine a binding of workerd's keeps it inside ALLOWED_NETWORKS at connect time,
 * whatever a name resolves to; on Cloudflare the platform reaches public addresses only.
 */
export function networkOf(env: Env, surroundings: Clock & Timers): Network {
  const { EGRESS: egress, RESOLVER: resolver } = env;
  const resolve = async (name: string): Promise<string[]> => {
    const answer = await resolver?.fetch(`http://resolver/${encodeURIComponent(name)}`);
    return answer ? answer.json() : [];
  };
  const deadlines = new Deadlines(surroundings);
  const connect: Connect | null = egress ? (address, options) => egress.connect(address, options) : null;
  const port = {
    connect,
    resolve: resolver ? resolve : null,
    networks: allowedNetworksOf(env),
    deadlines,
  };
  const now = () => surroundings.nowMs();
  const careful = connect && carefully(connect);
  const frozeAt = Number(env.FROZE_AT || Number.NaN);
  const isCareful = (url: string) =>
    now() - frozeAt < CAREFUL_MS ||
    (UNTRUSTED_ORIGINS.size > 0 && UNTRUSTED_ORIGINS.has(new URL(url).origin));
  const diagnoses = new Diagnoses(port, now);
  return {
    send: egress
      ? (url, options) =>
          careful && isCareful(url) ? careful(url, options) : egress.fetch(url, asSent(options))
      : (url, options) => fetch(url, asSent(options)),
    sendOnNewConnection: careful,
    answeredOrigins: ANSWERED_ORIGINS,
    diagnose: (error, url) => diagnoses.reasonOf(error, url),
    platformError: egress ? () => null : cloudflareError,
    now,
    deadlines,
  };
}

/** Sends each request on a connection of its own, and remembers whose answers are none. */
function carefully(connect: Connect): Send {
  return async (url, options) => {
    try {
      return await sendOnNewConnection(connect, url, options);
    } catch (error) {
      if (error instanceof InvalidAnswer) {
        UNTRUSTED_ORIGINS.add(new URL(url).origin);
        const [oldest] = UNTRUSTED_ORIGINS;
        if (UNTRUSTED_ORIGINS.size > MAX_UNTRUSTED_ORIGINS && oldest !== undefined)
          UNTRUSTED_ORIGINS.delete(oldest);
      }
      throw error;
    }
  };
}

/** A redirect is an answer like any other. */
function asSent({ decodes, ...options }: RequestOptions): RequestInit {
  return { ...options, redirect: "manual", encodeResponseBody: decodes ? "automatic" : "manual" };
}
