import type { Answers, Attacker } from "./attacker.ts";
import type { Attack } from "./attacks.ts";
import type { Neighbour } from "./neighbour.ts";
import type { ThreadShare } from "./thread-share.ts";
import { calmP99Ms, judge, type Measured, ownP99Ms, type Play, type Verdict } from "./verdict.ts";

/** When an attack is played again, and what becomes of one whose plays tell nothing. */
export interface Rules {
  /** The time that goes over the bound, which fails. */
  mostTooSlow: number;
  mostPlays: number;
  /** Unix milliseconds; after that nothing is played again. */
  playsAgainUntil: number;
  /** Unix milliseconds; after that no other attack is begun. */
  playsUntil: number;
  /** Whether an attack fails of which no play tells that it holds; otherwise its figures are shown, and not judged. */
  mustTell: boolean;
  /** How slow the machine is, see `slowness`. */
  slowness: number;
}

/** On a quiet machine, for somebody who looks at the figures. */
export const inFull = (slowness: number): Rules => ({
  mostTooSlow: 2,
  mostPlays: 4,
  playsAgainUntil: Number.POSITIVE_INFINITY,
  playsUntil: Number.POSITIVE_INFINITY,
  mustTell: true,
  slowness,
});

/** How long attacks are played again in the short form, and how long others are begun: it takes two and a half minutes. */
const SHORT_AGAIN_MS = 100_000;
const SHORT_MS = 120_000;

/**
 * On any machine, for whoever waits to land a change: how long the neighbour waits is judged only where the machine lets it
 * be seen, and what goes over the bound now and then, as one attack in ten does on a quiet machine, must do so three
 * times and never hold. What stops everybody does.
 */
export const inShort = (startedAt: number, slowness: number): Rules => ({
  mostTooSlow: 3,
  mostPlays: 5,
  playsAgainUntil: startedAt + SHORT_AGAIN_MS,
  playsUntil: startedAt + SHORT_MS,
  mustTell: false,
  slowness,
});

/** What became of an attack. */
export interface Outcome {
  /** What it did that it must not, in words. */
  failures: string[];
  /** Why what the neighbour waited was not judged; null = it was. */
  notJudged: string | null;
}

/** Answers that nobody may be given, however hostile. */
const NEVER_ANSWERED = ["500", "no answer"];

/**
 * How a neighbour fares while attacks are played. What the machine does beside is no attack: each is judged by the calm
 * right before and after it, time for which workerd waited for a core is taken off, and one that goes over the bound is
 * played once more. What stops everybody does so each time, and on workerd's own time. A play of which little came
 * through, or whose calm was none, counts for nothing, and is played again. What the attacker is answered is judged in
 * every play.
 */
export class Trial {
  readonly #neighbour: Neighbour;
  readonly #attacker: Attacker;
  readonly #share: ThreadShare;
  readonly #phaseMs: number;
  readonly #rules: Rules;
  /** The latest time without an attack; null = none since something was prepared. */
  #calm: Measured | null = null;

  constructor(neighbour: Neighbour, attacker: Attacker, share: ThreadShare, phaseMs: number, rules: Rules) {
    this.#neighbour = neighbour;
    this.#attacker = attacker;
    this.#share = share;
    this.#phaseMs = phaseMs;
    this.#rules = rules;
  }

  /** Plays an attack until it is known whether it holds. */
  async play(attack: Attack): Promise<Outcome> {
    const { mostTooSlow, mostPlays, playsAgainUntil, mustTell } = this.#rules;
    const failures: string[] = [];
    let tooSlow = 0;
    for (let plays = 1; ; plays++) {
      const { verdict, refusals } = await this.#once(attack);
      failures.push(...refusals.map((refusal) => `${attack.name}: ${refusal}`));
      if (verdict.kind === "held") return { failures, notJudged: null };
      const isTooSlow = verdict.kind === "too_slow";
      if (isTooSlow) tooSlow++;
      if (tooSlow === mostTooSlow) {
        failures.push(`${attack.name}: ${verdict.why}, and in none of ${plays} plays within that`);
        return { failures, notJudged: null };
      }
      // One that seems to fail gets the plays that it needs, however late it is.
      const isLast = plays === mostPlays || (!isTooSlow && Date.now() > playsAgainUntil);
      if (isLast) {
        const notJudged = `${attack.name}: no play of ${plays} tells that it holds, the last one: ${verdict.why}`;
        if (mustTell) failures.push(notJudged);
        return { failures, notJudged: mustTell ? null : notJudged };
      }
      console.log(`${attack.name}: ${verdict.why}; once more`);
    }
  }

  async #once(attack: Attack): Promise<{ verdict: Verdict; refusals: string[] }> {
    const attacker = this.#attacker;
    attacker.forgetAnswers();
    if (attack.prepare) {
      await attack.prepare(attacker);
      console.log(`${attack.name}: prepared, answers ${JSON.stringify(attacker.answers)}`);
      attacker.forgetAnswers();
      this.#calm = null;
    }
    const before = this.#calm ?? (await this.#calmPhase());
    const until = Date.now() + this.#phaseMs;
    const [phase, came] = await Promise.all([
      this.#phase(attack.name, this.#phaseMs),
      attack.run(attacker, () => Date.now() < until),
    ]);
    const answers = { ...attacker.answers };
    await attack.clear?.(attacker);
    const calm = [before, await this.#calmPhase()];
    const play = {
      attack: phase,
      calm,
      came,
      least: attack.least(this.#phaseMs / 1000),
      slowness: this.#rules.slowness,
    };
    tell(phase, play, answers);
    return {
      verdict: judge(play),
      refusals: NEVER_ANSWERED.filter((answer) => (answers[answer] ?? 0) > 0).map(
        (answer) => `the attacker got ${answers[answer]} × ${answer}`,
      ),
    };
  }

  async #phase(name: string, forMs: number): Promise<Measured> {
    this.#share.sinceLastLook();
    const phase = await this.#neighbour.phase(name, forMs);
    return { ...phase, share: this.#share.sinceLastLook() };
  }

  async #calmPhase(): Promise<Measured> {
    this.#calm = await this.#phase("calm", this.#phaseMs / 2);
    tell(this.#calm);
    return this.#calm;
  }
}

function tell(phase: Measured, play?: Play, answers: Answers = {}): void {
  const { name, count, p50Ms, p99Ms, mostMs, share } = phase;
  const ratio = play ? `, p99 ${(ownP99Ms(phase) / calmP99Ms(play.calm)).toFixed(1)} × calm` : "";
  const given = play
    ? `; ${play.came} came through of ${play.least}, answers ${JSON.stringify(answers)}`
    : "";
  const times = [p50Ms, p99Ms, mostMs].map((ms) => ms.toFixed(1)).join(" / ");
  console.log(
    `${name.padEnd(28)} neighbour's publish p50 / p99 / most ${times} ms${ratio}, ${count} events, ${(100 * share).toFixed(0)} % of a core${given}`,
  );
}
