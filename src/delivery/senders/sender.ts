import { DurableObject } from "cloudflare:workers";
import type { SenderObject } from "../../domain/object-faces.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import { platform } from "../../platform.ts";
import { OwnTurns } from "../../storage/own-turns.ts";
import type { Network } from "../attempt/attempt.ts";
import { networkOf } from "../attempt/network.ts";
import { Session } from "./session.ts";

/**
 * Connections for an endpoint beyond those of its own object: named by the endpoint's id and a number from 1. It stores
 * nothing and decides nothing; `docs/decisions/senders.md` says why there are such.
 */
export class Sender extends DurableObject<Env> implements SenderObject {
  readonly #network: Network;
  #workspaceId = "";
  #session: Session | null = null;

  constructor(ctx: DurableObjectState, env: Env, surroundings: Surroundings = platform) {
    super(ctx, env);
    const turns = new OwnTurns(() => this.#workspaceId, surroundings);
    this.#network = networkOf(env, surroundings, turns.next);
  }

  /** Begins to make requests. Whatever was begun before is ended: who began it is lost, or has given it up. */
  open(workspaceId: string): Session {
    this.#workspaceId = workspaceId;
    this.#session?.end();
    this.#session = new Session(this.ctx.id.name ?? "", workspaceId, this.#network);
    return this.#session;
  }
}
