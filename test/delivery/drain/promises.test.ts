import { expect, it } from "vitest";
import { Random } from "../../e2e/random.ts";
import type { SeenAttempt } from "../../promises/attempt.ts";
import { lossesOf } from "../../promises/losses.ts";
import { orderViolations } from "../../promises/order.ts";
import { allowedRepeats, repeatsOf, tooManyRepeats } from "../../promises/repeats.ts";
import { type Rig, withRig } from "../rig.ts";

const EVENTS = 150;
const CRASHES = 10;
const RETRY_MS = 10;

/** Lets a receiver that fails every third time answer until all is delivered, with crashes in between. What it saw. */
async function delivered(rig: Rig, random: Random): Promise<SeenAttempt[]> {
  const seen: SeenAttempt[] = [];
  let life = 1;
  let answered = 0;
  const see = (place: number, isSuccess: boolean) => {
    const { claimed, at } = rig.started[place] ?? expect.fail("no such attempt");
    const { sequence } = claimed;
    seen.push({ event: String(sequence), sequence, life, startedAt: at, endedAt: ++rig.now, isSuccess });
  };
  rig.enqueue(...Array.from({ length: EVENTS }, (_, index) => index + 1));
  for (let turn = 0; rig.queue.pendingCount > 0; turn++) {
    expect(turn).toBeLessThan(2000);
    if (life <= CRASHES && seen.length > (life * EVENTS) / CRASHES) {
      // Its answers left the receiver, and came to nobody.
      for (; answered < rig.started.length; answered++) see(answered, true);
      rig.restart();
      life++;
      answered = 0;
    }
    for (; answered < rig.started.length; answered++) {
      const isSuccess = !random.happens(1 / 3);
      see(answered, isSuccess);
      rig.started[answered]?.answer(isSuccess ? 200 : 500);
    }
    await rig.settle();
    // Within the ten seconds of an invocation.
    rig.now += RETRY_MS;
    rig.drain.run();
  }
  expect(life).toBe(CRASHES + 1);
  return seen;
}

it.each([
  { serialize: true, maxInFlight: 6 },
  { serialize: false, maxInFlight: 6 },
])("loses nothing, keeps the order and repeats what a crash may cost: $serialize", (policy) =>
  withRig(
    async (rig) => {
      const seen = await delivered(rig, new Random(1, "drain"));
      const successes = new Set(seen.filter(({ isSuccess }) => isSuccess).map(({ event }) => event));
      const owed = Array.from({ length: EVENTS }, (_, index) => String(index + 1)).map((event) => ({
        ...{ event, fate: "delivered" as const, wasReceived: successes.has(event) },
      }));
      expect(lossesOf(owed)).toEqual([]);
      if (policy.serialize) expect(orderViolations(seen, { endsInSuccess: true, slackMs: 0 })).toEqual([]);
      const repeats = repeatsOf(seen, ({ event }) => event);
      const allowed = allowedRepeats({ serialize: policy.serialize, inFlight: policy.maxInFlight });
      expect([...repeats.withoutCrash, ...tooManyRepeats(repeats, allowed)]).toEqual([]);
      expect(repeats.count).toBeGreaterThan(0);
    },
    { ...policy, retry: { delays: Array.from({ length: 20 }, () => RETRY_MS / 1000), jitter: 0 } },
  ),
);
