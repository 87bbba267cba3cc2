import type { Replacement } from "../runtime.ts";

/** A planted bug: a promise that the simulation must find broken. */
export interface Mutant {
  name: string;
  changes: readonly Replacement[];
  /** The seeds that it must be found in; absent = 1 to 20. What alarms cost is judged in seed 0 alone. */
  seeds?: readonly number[];
}

const one = (name: string, file: string, find: string, replace: string): Mutant => ({
  name,
  changes: [{ file, find, replace }],
});

export const MUTANTS: readonly Mutant[] = [
  one(
    "what one receiver has fetched is handed to the next one",
    "delivery/pull/pulls.ts",
    "for (const one of claimed) queue.claims.lease(one, until);",
    "for (const one of claimed) queue.claims.lease(one, startedAt);",
  ),
  one(
    "an end of a lease counts as an acknowledgement",
    "delivery/pull/pulls.ts",
    "this.#end(lease, () => null);",
    'this.#end(lease, () => ({ status: 200, headers: {}, body: "", encoding: "utf8", truncated: false }));',
  ),
  {
    name: "an endpoint takes again what it has",
    changes: [
      {
        file: "delivery/queue/intake.ts",
        find: "if (event.position <= position) continue;",
        replace: "",
      },
      {
        file: "delivery/queue/intake.ts",
        find: "const fresh = events.filter(({ position }) => position > taken);",
        replace: "const fresh = events;",
      },
    ],
  },
  one(
    "hand-over confirms before the endpoint has committed",
    "log/hand-over/pump-step.ts",
    "await deadlines.within(RPC_TIMEOUT_MS, send(pump.number, batch)).finally(leave)",
    '(send(pump.number, batch).catch(() => {}).finally(leave), { outcome: "taken" } as TakingAnswer)',
  ),
  one(
    "an endpoint answers for what it has in memory alone",
    "delivery/handed-over.ts",
    "const settled = this.#port.parts.intake.settledOf(logId);",
    "const settled = position;",
  ),
  one(
    "an endpoint takes a batch though the one before did not come",
    "delivery/handed-over.ts",
    'if (after !== null && after > this.#port.parts.intake.takenOf(logId)) return { outcome: "gap" };',
    "",
  ),
  one(
    "a restart forgets which deliveries are in runs",
    "delivery/tables/newest.ts",
    "FROM runs ORDER BY",
    "FROM runs WHERE last_sequence < 0 ORDER BY",
  ),
  one(
    "the row of an endpoint that lags is forgotten",
    "log/hand-over/hand-over.ts",
    "this.#port.storeLag(pump.number, position);\n    this.#account(",
    "this.#account(",
  ),
  one(
    "after a crash, the log takes all that it has for handed over",
    "log/hand-over/resume-hand-over.ts",
    "const handedOver = store.handedOver();",
    "const handedOver = lastPosition();",
  ),
  one(
    "a Retry-After hold is ignored",
    "delivery/drain/gate.ts",
    "Math.max(state.holdUntil, state.rateAllowsAt)",
    "state.rateAllowsAt",
  ),
  one(
    "a Retry-After hold is never released",
    "delivery/drain/gate.ts",
    "return until > nowMs ?",
    "return state.holdUntil > 0 ? { isOpen: false, until: null } : until > nowMs ?",
  ),
  one(
    "the rate is ignored",
    "delivery/drain/drain-gate.ts",
    "ratePerSecond === null ? 0 : this.#lastStartAt + Math.ceil(1000 / ratePerSecond)",
    "0",
  ),
  one(
    "a paused endpoint is called",
    "delivery/drain/gate.ts",
    'state.status !== "enabled"',
    'state.status === "disabled"',
  ),
  one(
    "max_in_flight is ignored",
    "delivery/drain/drain-gate.ts",
    "Math.min(policy.maxInFlight, lanes.capacity)",
    "lanes.capacity",
  ),
  one(
    "with serialize, what is new goes before what is to be retried",
    "delivery/queue/head.ts",
    "if (isOrdered && fresh && other) return fresh.sequence < other.sequence ? fresh : other;",
    "if (isOrdered && fresh && other) return fresh;",
  ),
  {
    name: "with serialize, the next attempt starts before the record of the last one",
    changes: [
      {
        file: "delivery/drain/drain.ts",
        find: 'else if (this.#port.policy().order === "endpoint")\n      this.#settleNow(() => this.#settling.settle(claimed.sequence));',
        replace: "",
      },
      {
        file: "delivery/drain/drain-gate.ts",
        find: 'const unrecorded = order === "endpoint" ? 0 : this.#settling.count;',
        replace: "const unrecorded = this.#settling.count;",
      },
      {
        file: "delivery/queue/head.ts",
        find: "if (isOrdered && inFlight.count > 0) return null;",
        replace: "",
      },
    ],
  },
  one(
    "by key, two of one key are attempted at once",
    "delivery/queue/keys.ts",
    "const isFree = state.head === null && state.busy === 0;",
    "const isFree = state.head === null;",
  ),
  one(
    "by key, what is new goes before what failed",
    "delivery/queue/keys.ts",
    "const isFree = state.head === null && state.busy === 0;",
    "const isFree = state.busy === 0;",
  ),
  one(
    "by key, a restart forgets the numbers",
    "delivery/queue/keys.ts",
    "last: stored?.last ?? 0,",
    "last: 0,",
  ),
  one(
    "by key, a failing key holds all others",
    "delivery/queue/head.ts",
    "const stored = keys.nextFresh();",
    "if (keys.nextDue() !== null) return null;\n    const stored = keys.nextFresh();",
  ),
  one(
    "a retry comes one step of its schedule too early",
    "domain/retry.ts",
    "delays[failed - 1]",
    "delays[failed]",
  ),
  one(
    "the answer to an Idempotency-Key is not kept",
    "idempotency/objects.ts",
    "keepAnswer(storage.sql, shape, request, acted.keep, nowMs);",
    "",
  ),
  one(
    "an own id counts as often as it comes",
    "log/store/own-ids.ts",
    "return found && acceptedAt(found.position) > nowMs - DEDUPLICATED_MS ? found : null;",
    "return null;",
  ),
  one(
    "events leave the log before R2 has them",
    "log/archive/archive.ts",
    "await bucket.put(key, body);",
    "bucket.put(key, body).catch(() => {});",
  ),
  one(
    "a rotation ends the secret before at once",
    "domain/signing.ts",
    "const kept = earlier.filter((one) => one.expiresAt > nowMs && one.secret !== secret);",
    "const kept: typeof earlier = [];",
  ),
  {
    name: "retention drops what is pending",
    changes: [
      {
        file: "delivery/queue/retention.ts",
        find: "status !== PENDING && (isOverfull ||",
        replace: "(isOverfull ||",
      },
      {
        file: "delivery/queue/retention.ts",
        find: "if (!isOverfull && !this.#mayHaveEndedBefore(endedBefore)) return NOTHING;",
        replace: "",
      },
    ],
  },
  one(
    "what is pending expires at once",
    "delivery/queue/retention.ts",
    "!row || row.created_at >= nowMs - RETENTION_MS ||",
    "!row ||",
  ),
  one(
    "ended deliveries count twice",
    "delivery/health/health.ts",
    'if (decision.status !== "pending") this.#stats.countEnded(nowMs, decision.status);',
    'if (decision.status !== "pending") this.#stats.countEnded(nowMs, decision.status, 2);',
  ),
  one(
    "a deleted workspace's archive stays",
    "log/archive/archive.ts",
    "await bucket.delete(objects.map(({ key }) => key));",
    "return;",
  ),
  one(
    "a key that moves to another log does not wait for what it has in the one before",
    "log/hand-over/predecessors.ts",
    "if (!said.every(({ here }) => here)) return Math.max(...barriers);",
    "",
  ),
  one(
    "a log takes its number before another one has sent again what a crash took",
    "delivery/handed-over.ts",
    "if (this.#isCaughtUp || logId === current) return null;",
    "if (current !== null) return null;",
  ),
  one(
    "a log that was closed accepts what is sent by the routing before",
    "log/accept/appender.ts",
    'if (!this.#port.share.accepts(epoch)) return { outcome: "rerouted" };',
    "",
  ),
  one(
    "a change keeps the metadata as it was",
    "d1/endpoint-writes.ts",
    "    ...change,\n    version: row.version + 1,",
    "    ...change,\n    metadata: row.metadata,\n    version: row.version + 1,",
  ),
  one(
    "the tables of a released version are taken for today's",
    "storage/schema.ts",
    "for (const step of steps.slice(done))",
    "for (const step of done > 0 ? [] : steps)",
  ),
  one(
    "a restart forgets what it has to count anew",
    "delivery/record/totals.ts",
    "if (stored) for (const row of markedSince(sql, stored)) this.#countRow(row);",
    "",
  ),
  one(
    "a sender takes as many requests as come",
    "delivery/senders/senders.ts",
    "place < most && link.isUsable && link.busy < this.#port.slotsEach",
    "place < most && link.isUsable",
  ),
  one(
    "what a sender that is lost was to send is never sent",
    "delivery/drain/drain.ts",
    "if (outcome === null) this.#putBack(claimed);",
    "if (outcome === null) return;",
  ),
  one(
    "records show the values of an endpoint's own headers",
    "delivery/attempt/attempt.ts",
    "headers: headersOnRecord(Object.keys(own), built),",
    "headers: { ...headersOnRecord(Object.keys(own), built), ...own },",
  ),
  one(
    "without an order, what succeeded at once is attempted once more",
    "delivery/drain/settling.ts",
    "const { delivery, counts, change, holdUntil } = decision;",
    'const { counts, change, holdUntil } = decision;\n    const isAgain = attempt.outcome === "success" && attempt.number === 1 && policy().order === "none";\n    const delivery = isAgain\n      ? { status: "pending" as const, nextAttemptAt: nowMs, scheduleStart: claimed.scheduleStart }\n      : decision.delivery;',
  ),
  {
    ...one(
      "an alarm that is set is set again",
      "storage/wake-up.ts",
      "if (this.#alarmAt !== null && this.#askedFor !== null && this.#askedFor <= atMs) return;",
      "if (this.#alarmAt !== null && this.#askedFor !== null && this.#askedFor <= atMs)\n      return void this.#storage.setAlarm(this.#alarmAt);",
    ),
    seeds: [0],
  },
  one(
    "nobody catches that another log does not answer",
    "log/hand-over/predecessors.ts",
    ".then((said) => this.#note(epoch, endpointNumber, said))\n      .catch(() => {});",
    ".then((said) => this.#note(epoch, endpointNumber, said));",
  ),
];
