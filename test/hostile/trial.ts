import type { Answers, Attacker } from "./attacker.ts";
import type { Attack } from "./attacks.ts";
import type { Neighbour, Phase } from "./neighbour.ts";
import type { ThreadShare } from "./thread-share.ts";

/** The neighbour's p99 under an attack, against its p99 without one just before and after it. */
const MOST_SLOWER = 3;

/** Below this a p99 is a few pauses of a garbage collector, whoever else is there. */
const PAUSE_MS = 25;

/** A phase, and what share of the time that it asked for workerd's thread got. */
interface Measured extends Phase {
  share: number;
}

/** What its p99 would have been on a core of its own. */
const ownP99Ms = ({ p99Ms, share }: Measured) => p99Ms * share;

/** Answers that nobody may be given, however hostile. */
const NEVER_ANSWERED = ["500", "no answer"];

/**
 * How a neighbour fares while attacks are played. What the machine does beside is no attack: each is judged by the calm
 * right before and after it, time for which workerd waited for a core is taken off, and one that goes over the bound is
 * played once more and must hold then. What stops everybody does so each time, and on workerd's own time.
 */
export class Trial {
  readonly #neighbour: Neighbour;
  readonly #attacker: Attacker;
  readonly #share: ThreadShare;
  readonly #phaseMs: number;
  /** The latest time without an attack; null = none since something was prepared. */
  #calm: Measured | null = null;

  constructor(neighbour: Neighbour, attacker: Attacker, share: ThreadShare, phaseMs: number) {
    this.#share = share;
    this.#neighbour = neighbour;
    this.#attacker = attacker;
    this.#phaseMs = phaseMs;
  }

  /** Plays an attack; what it did that it must not, in words. */
  async play(attack: Attack): Promise<string[]> {
    const first = await this.#once(attack);
    if (first.tooSlow === null) return first.failures;
    console.log(`${attack.name}: ${first.tooSlow}; once more`);
    const second = await this.#once(attack);
    const slow = second.tooSlow === null ? [] : [`${attack.name}: ${second.tooSlow}, twice`];
    return [...first.failures, ...second.failures, ...slow];
  }

  async #once(attack: Attack): Promise<{ failures: string[]; tooSlow: string | null }> {
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
    const [phase] = await Promise.all([
      this.#phase(attack.name, this.#phaseMs),
      attack.run(attacker, () => Date.now() < until),
    ]);
    const answers = { ...attacker.answers };
    await attack.clear?.(attacker);
    const calm = [before, await this.#calmPhase()];
    tell(phase, answers, calm);
    const bound = MOST_SLOWER * Math.max(calmP99Of(calm), PAUSE_MS);
    return {
      failures: NEVER_ANSWERED.filter((answer) => (answers[answer] ?? 0) > 0).map(
        (answer) => `${attack.name}: the attacker got ${answers[answer]} × ${answer}`,
      ),
      tooSlow:
        ownP99Ms(phase) > bound
          ? `the neighbour's p99 was ${ownP99Ms(phase).toFixed(0)} ms, ${bound.toFixed(0)} allowed`
          : null,
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

/** `calm`: before and after it, for an attack. */
function tell(phase: Measured, answers?: Answers, calm?: Measured[]): void {
  const { name, count, p50Ms, p99Ms, mostMs, share } = phase;
  const ratio = calm ? `, p99 ${(ownP99Ms(phase) / calmP99Of(calm)).toFixed(1)} × calm` : "";
  const given = answers ? `; answers ${JSON.stringify(answers)}` : "";
  const times = [p50Ms, p99Ms, mostMs].map((ms) => ms.toFixed(1)).join(" / ");
  console.log(
    `${name.padEnd(28)} neighbour's publish p50 / p99 / most ${times} ms${ratio}, ${count} events, ${(100 * share).toFixed(0)} % of a core${given}`,
  );
}

/** The slower one of the two calms. */
function calmP99Of(calm: Measured[]): number {
  return Math.max(...calm.map(ownP99Ms));
}
