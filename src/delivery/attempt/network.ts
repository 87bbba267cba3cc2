import { allowedNetworksOf } from "../../allowed-networks.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { Clock } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import type { Turn } from "../../storage/own-turns.ts";
import type { Network } from "./attempt.ts";
import { cloudflareError } from "./cloudflare-answers.ts";
import type { Connect } from "./connection.ts";
import { Diagnoses } from "./diagnose.ts";
import { KeptConnections } from "./kept-connections.ts";
import { AnsweredOrigins, resendingOnce, type Send } from "./resend.ts";

/** All objects of an isolate share the connections that the platform keeps. */
const ANSWERED_ORIGINS = new AnsweredOrigins();

/**
 * The way to receivers. On one machine it is connections of our own over a binding of workerd's, which keeps them inside
 * ALLOWED_NETWORKS at connect time, whatever a name resolves to. On Cloudflare it is the platform's `fetch`, which reaches
 * public addresses only. `docs/decisions/own-connections.md` says why.
 * @param turn when what an attempt has to do may be done, on the thread that all share
 */
export function networkOf(env: Env, clock: Clock, deadlines: Deadlines, turn: Turn): Network {
  const { EGRESS: egress, RESOLVER: resolver } = env;
  const resolve = async (name: string): Promise<string[]> => {
    const answer = await resolver?.fetch(`http://resolver/${encodeURIComponent(name)}`);
    return answer ? answer.json() : [];
  };
  const nowMs = () => clock.nowMs();
  const connect: Connect | null = egress ? (address, options) => egress.connect(address, options) : null;
  const port = {
    connect,
    resolve: resolver ? resolve : null,
    networks: allowedNetworksOf(env),
    deadlines,
  };
  const diagnoses = new Diagnoses(port, nowMs);
  const own = connect ? new KeptConnections(connect, deadlines, nowMs, turn) : null;
  return {
    sender: own ? overOwn(own) : overPlatform(nowMs),
    closeIdle: () => own?.closeIdle(),
    diagnose: (error, url) => diagnoses.reasonOf(error, url),
    platformError: egress ? () => null : cloudflareError,
    nowMs,
    deadlines,
    turn,
  };
}

function overOwn(connections: KeptConnections): () => Send {
  return () => (url, options) => connections.send(url, options);
}

function overPlatform(nowMs: () => number): () => Send {
  // A redirect is an answer like any other, and what is wrong with an answer's coding no reason to have none.
  const send: Send = (url, options) =>
    fetch(url, { ...options, redirect: "manual", encodeResponseBody: "manual" });
  return () => resendingOnce({ send, answeredOrigins: ANSWERED_ORIGINS, nowMs });
}
