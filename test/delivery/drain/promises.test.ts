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

/** How deliveries come: they are stored before they are attempted, or held in memory alone until what became of them is. */
interface Coming {
  come(rig: Rig): void;
  /** What came is handed over again to the next life. */
  comesAgain: boolean;
  /** Lets what the last answers caused happen. */
  turn(rig: Rig, random: Random): Promise<void>;
}

const ALL = Array.from({ length: EVENTS }, (_, index) => index + 1);

const stored: Coming = {
  come: (rig) => rig.enqueue(...ALL),
  comesAgain: false,
  turn: (rig) => rig.settle(),
};

const held: Coming = {
  come: (rig) => rig.hold(...ALL),
  comesAgain: true,
  turn: async (rig, random) => {
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    if (random.happens(1 / 10)) rig.drain.settleAll();
  },
};

/** Lets a receiver that fails every third time answer until all is delivered, with crashes in between. What it saw. */
async function delivered(rig: Rig, random: Random, coming: Coming): Promise<SeenAttempt[]> {
  const seen: SeenAttempt[] = [];
  let life = 1;
  let answered = 0;
  const see = (place: number, isSuccess: boolean) => {
    const { claimed, at } = rig.started[place] ?? expect.fail("no such attempt");
    const { sequence } = claimed;
    seen.push({ event: String(sequence), sequence, life, startedAt: at, endedAt: ++rig.now, isSuccess });
  };
  coming.come(rig);
  for (let turn = 0; rig.queue.pendingCount > 0; turn++) {
    expect(turn).toBeLessThan(2000);
    if (life <= CRASHES && seen.length > (life * EVENTS) / CRASHES) {
      // Its answers left the receiver, and came to nobody.
      for (; answered < rig.started.length; answered++) see(answered, true);
      rig.restart();
      life++;
      answered = 0;
      if (coming.comesAgain) coming.come(rig);
    }
    for (; answered < rig.started.length; answered++) {
      const isSuccess = !random.happens(1 / 3);
      see(answered, isSuccess);
      rig.started[answered]?.answer(isSuccess ? 200 : 500);
    }
    await coming.turn(rig, random);
    // Within the ten seconds of an invocation.
    rig.now += RETRY_MS;
    rig.drain.run();
  }
  expect(life).toBe(CRASHES + 1);
  return seen;
}

it.each([
  { coming: stored, how: "stored first", order: "endpoint" as const, maxInFlight: 6 },
  { coming: stored, how: "stored first", order: "none" as const, maxInFlight: 6 },
  { coming: held, how: "attempted first", order: "endpoint" as const, maxInFlight: 6 },
  { coming: held, how: "attempted first", order: "none" as const, maxInFlight: 6 },
])(
  "loses nothing, keeps the order and repeats what a crash may cost: $how, in order $order",
  ({ coming, order, maxInFlight }) =>
    withRig(
      async (rig) => {
        const seen = await delivered(rig, new Random(1, "drain"), coming);
        const successes = new Set(seen.filter(({ isSuccess }) => isSuccess).map(({ event }) => event));
        const owed = Array.from({ length: EVENTS }, (_, index) => String(index + 1)).map((event) => ({
          ...{ event, fate: "delivered" as const, wasReceived: successes.has(event) },
        }));
        expect(lossesOf(owed)).toEqual([]);
        const serialize = order === "endpoint";
        if (serialize) expect(orderViolations(seen, { endsInSuccess: true, slackMs: 0 })).toEqual([]);
        const repeats = repeatsOf(seen, ({ event }) => event);
        const allowed = allowedRepeats({ serialize, inFlight: maxInFlight });
        expect([...repeats.withoutCrash, ...tooManyRepeats(repeats, allowed)]).toEqual([]);
        expect(repeats.count).toBeGreaterThan(0);
      },
      {
        order,
        maxInFlight,
        retry: { delays: Array.from({ length: 20 }, () => RETRY_MS / 1000), jitter: 0 },
      },
    ),
);
