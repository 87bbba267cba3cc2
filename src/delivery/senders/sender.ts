import { DurableObject } from "cloudflare:workers";
import { Deadlines } from "../../deadlines.ts";
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
  /** Sessions that make requests, or may hear of one yet. */
  #sessions: Session[] = [];

  constructor(ctx: DurableObjectState, env: Env, surroundings: Surroundings = platform) {
    super(ctx, env);
    const turns = new OwnTurns(() => this.#workspaceId, surroundings);
    this.#network = networkOf(env, surroundings, Deadlines.ofObject(env, surroundings), turns.next);
  }

  /**
   * Begins to make requests. Whatever was begun before is ended, since who began it is lost, or has given it up; unless this is a
   * further session of the same endpoint's life, whose one before has done what an invocation may do: what that has under way
   * goes on.
   */
  open(workspaceId: string, isFurther = false): Session {
    this.#workspaceId = workspaceId;
    if (!isFurther) for (const session of this.#sessions) session.end();
    const session = new Session(this.ctx.id.name ?? "", workspaceId, this.#network);
    this.#sessions = [...this.#sessions.filter(({ isDone }) => !isDone), session];
    return session;
  }
}
