import { digestText } from "../content-digest.ts";
import {
  CLAIM_OVER_MS,
  type Claim,
  type ClaimedName,
  type NamesAsked,
  type OwnClaims,
} from "../domain/claim-messages.ts";
import type { NewEvent } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { type LogRouting, logOfEventId } from "../domain/log-shards.ts";
import type { AcceptedEvent, AppendAnswer } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";

/** A claim of another request is waited for by who sends it again. */
const BUSY: AppendAnswer = { outcome: "overloaded", retryAfterSeconds: 1 };

/** How often claims that came to nothing are taken the place of. */
const CLAIM_TRIES = 3;

/** A request's names, as its log does not know all of them. */
export interface NamedRequest {
  env: Env;
  workspaceId: string;
  routing: LogRouting;
  /** The log that its events go to. */
  log: number;
  events: readonly NewEvent[];
  once: IdempotentRequest | undefined;
}

/**
 * What the names allow: that the events which are not `accepted` (by index) are appended, until a time; or an answer. `own`: what is
 * given back where the log refuses them; null = nothing.
 */
export type NamesSettled =
  | { accepted: Map<number, AcceptedEvent>; notAfterMs: number | undefined; own: OwnClaims | null }
  | { answer: AppendAnswer };

/** Finds what was accepted in other logs under a request's names, and claims these for its log. */
export class NamesElsewhere {
  readonly #request: NamedRequest;
  readonly #accepted = new Map<number, AcceptedEvent>();
  readonly #digests = new Map<number, string>();

  constructor(request: NamedRequest) {
    this.#request = request;
  }

  async settle(): Promise<NamesSettled> {
    const made = this.#madeElsewhere();
    if (made.length > 0) {
      const conflict = await this.#ask(made, null);
      if (conflict !== null) return { answer: conflict };
    }
    if (this.#request.routing.shardBy === null)
      return { accepted: this.#accepted, notAfterMs: undefined, own: null };
    const conflict = this.#conflictWithin();
    if (conflict !== null) return { answer: conflict };
    const instead = new Map<string, Claim>();
    for (let tries = 0; tries < CLAIM_TRIES; tries++) {
      const settled = await this.#claim(instead);
      if (settled !== null) return settled;
    }
    return { answer: BUSY };
  }

  /**
   * What its log would refuse: one name of several events that differ. It is not claimed, since a claim is of one digest: the same
   * request beside it would wait for it as for another's.
   */
  #conflictWithin(): AppendAnswer | null {
    const digests = new Map<string, string>();
    for (const index of this.#request.events.keys()) {
      const name = this.#nameOf(index);
      if (name === undefined) continue;
      const digest = this.#digestOf(index);
      if ((digests.get(name) ?? digest) !== digest) return { outcome: "conflict", index };
      digests.set(name, digest);
    }
    return null;
  }

  /** Ids that another log may have made: their events' indices by that log. */
  #madeElsewhere(): [number, number[]][] {
    const { events, log, routing } = this.#request;
    const indices = events.flatMap(({ id }, index) =>
      id === undefined ? [] : [{ index, told: logOfEventId(id) }],
    );
    const others = indices.filter(({ told }) => told !== log && told < routing.count);
    return [...Map.groupBy(others, ({ told }) => told)].map(([told, some]) => [
      told,
      some.map(({ index }) => index),
    ]);
  }

  /**
   * Asks logs what they accepted under the names of some events, and of the request; returns what refuses or answers the request.
   * @param onceLog the log that is asked for the request; null = none
   */
  async #ask(indices: readonly [number, number[]][], onceLog: number | null): Promise<AppendAnswer | null> {
    const { env, events, once, workspaceId } = this.#request;
    const asked = new Map(indices);
    if (onceLog !== null && !asked.has(onceLog)) asked.set(onceLog, []);
    const answers = await Promise.all(
      [...asked].map(async ([log, some]) => {
        const question: NamesAsked = {
          events: some.map((index) => ({
            ...{
              id: this.#nameOf(index) ?? "",
              type: events[index]?.type ?? "",
              digest: this.#digestOf(index),
            },
          })),
          request: log === onceLog ? once : undefined,
        };
        return { some, known: await logOf(env, workspaceId, log).findAccepted(question) };
      }),
    );
    for (const { known, some } of answers) {
      if (known.request.outcome === "key_conflict") return known.request;
      if (known.request.outcome === "repeated" && known.request.answer.length === events.length)
        return { outcome: "accepted", events: known.request.answer, isRepeated: true };
      for (const [place, index] of some.entries()) {
        const found = known.events[place];
        if (!found) continue;
        if (!found.isSame) return { outcome: "conflict", index };
        this.#accepted.set(index, found.answer);
      }
    }
    return null;
  }

  /** Claims the names; null = it is to be tried again, `instead` of the claims that came to nothing. */
  async #claim(instead: Map<string, Claim>): Promise<NamesSettled | null> {
    const { env, events, log, once, routing, workspaceId } = this.#request;
    const names: { name: ClaimedName; index: number | null }[] = events.flatMap((_, index) => {
      const name = this.#nameOf(index);
      if (name === undefined || this.#accepted.has(index)) return [];
      return [{ index, name: { kind: "event", name, digest: this.#digestOf(index) } as const }];
    });
    if (once) names.push({ index: null, name: { kind: "request", name: once.id, digest: once.digest } });
    const claimed = names.map(({ name }) => ({ ...name, insteadOf: instead.get(keyOf(name)) }));
    if (claimed.length === 0) return { accepted: this.#accepted, notAfterMs: undefined, own: null };
    const answer = await logOf(env, workspaceId).claim({ epoch: routing.epoch, log, names: claimed });
    if (answer.outcome === "rerouted" || answer.outcome === "overloaded") return { answer };
    if (answer.outcome === "claimed") {
      const { at, notAfterMs } = answer;
      const known = new Set(answer.known);
      const own = claimed.flatMap(({ kind, name }, i) => (known.has(i) ? [] : [{ kind, name }]));
      const claim = at === undefined ? null : { log, epoch: routing.epoch, at };
      return { accepted: this.#accepted, notAfterMs, own: claim && { names: own, claim } };
    }
    const taken = names.flatMap((one, i) => {
      const claim = answer.claims[i];
      return claim ? [{ ...one, claim }] : [];
    });
    const byLog = Map.groupBy(
      taken.filter(({ index }) => index !== null),
      ({ claim }) => claim.log,
    );
    const onceLog = taken.find(({ index }) => index === null)?.claim.log ?? null;
    const indices = [...byLog].map(([number, some]): [number, number[]] => [
      number,
      some.map(({ index }) => index ?? 0),
    ]);
    const told = await this.#ask(indices, onceLog);
    if (told !== null) return { answer: told };
    for (const { claim, index, name } of taken) {
      if (index !== null && this.#accepted.has(index)) continue;
      // Nothing was accepted under it. By an older routing nothing will be; otherwise it may be under way.
      const mayCome = claim.epoch === routing.epoch && platform.nowMs() - claim.at < CLAIM_OVER_MS;
      if (mayCome) return { answer: BUSY };
      instead.set(keyOf(name), claim);
    }
    return null;
  }

  #nameOf(index: number): string | undefined {
    const { id, ownId } = this.#request.events[index] ?? {};
    return id ?? ownId;
  }

  #digestOf(index: number): string {
    const event = this.#request.events[index];
    const known = this.#digests.get(index);
    if (known !== undefined || event === undefined) return known ?? "";
    const digest = digestText(event);
    this.#digests.set(index, digest);
    return digest;
  }
}

function keyOf({ kind, name }: ClaimedName): string {
  return `${kind} ${name}`;
}
