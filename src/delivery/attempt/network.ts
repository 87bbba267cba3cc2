import { allowedNetworksOf } from "../../allowed-networks.ts";
import { Deadlines } from "../../deadlines.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import type { Network } from "./attempt.ts";
import { cloudflareError } from "./cloudflare-answers.ts";
import { Diagnoses } from "./diagnose.ts";
import { type Connect, type RequestOptions, sendOnNewConnection } from "./own-connection.ts";
import { AnsweredOrigins } from "./resend.ts";

/** All objects of an isolate share the connections that are kept. */
const ANSWERED_ORIGINS = new AnsweredOrigins();

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
  const diagnoses = new Diagnoses(port, now);
  return {
    send: egress
      ? (url, options) => egress.fetch(url, asSent(options))
      : (url, options) => fetch(url, asSent(options)),
    sendOnNewConnection: connect && ((url, options) => sendOnNewConnection(connect, url, options)),
    answeredOrigins: ANSWERED_ORIGINS,
    diagnose: (error, url) => diagnoses.reasonOf(error, url),
    platformError: egress ? () => null : cloudflareError,
    now,
    deadlines,
  };
}

/** A redirect is an answer like any other. */
function asSent({ decodes, ...options }: RequestOptions): RequestInit {
  return { ...options, redirect: "manual", encodeResponseBody: decodes ? "automatic" : "manual" };
}
