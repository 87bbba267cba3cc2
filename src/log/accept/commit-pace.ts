import { noteDurable } from "../../storage/commits.ts";

/** A log is busy where more requests than these share a commit, on average. */
const FEW_REQUESTS = 2;

/**
 * So many times what a commit takes requests wait for others, from the end of the last commit on: so commits leave most of
 * the thread to everything else. A fixed time would be no wait at all where a disk is slow, and too long where it is fast.
 */
const LINGER_PER_COMMIT = 3;
const SHORTEST_LINGER_MS = 1;
const LONGEST_LINGER_MS = 5;

/** Where this many requests or fewer share a commit, on average, each comes alone. */
const ONE_REQUEST = 1.2;

/** Each commit weighs so much in the means; how long one takes that waited for others says little. */
const WEIGHT_OF_COMMIT = 0.2;
const LONGEST_COMMIT_MS = 20;

/**
 * When a log makes its next commit: where requests come so close that several share one, it waits for more of them; where they
 * come alone, it waits for nobody. Times in Unix milliseconds.
 */
export class CommitPace {
  /**
   * What a commit takes, and how many requests share one, on average over the last ones: one that meets another one's commit on its
   * way might have shared that.
   */
  #commitMs = 0;
  #requests = 1;
  /** Commits that are on their way to the disk. */
  #underWay = 0;
  /** When one was on disk last. */
  #durableAt = Number.NEGATIVE_INFINITY;

  /** How long so many requests that wait go on waiting for others, milliseconds. */
  lingerMs(waiting: number, nowMs: number): number {
    // As many as shared the last ones are all that come: who waits for an answer sends nothing meanwhile.
    if (this.#requests <= FEW_REQUESTS || waiting >= this.#requests) return 0;
    const lingerMs = Math.min(LONGEST_LINGER_MS, LINGER_PER_COMMIT * this.#commitMs);
    // Below zero where the clock was set back.
    const sinceMs = this.#underWay > 0 ? 0 : Math.max(0, nowMs - this.#durableAt);
    return Math.max(0, Math.round(Math.max(SHORTEST_LINGER_MS, lingerMs) - sinceMs));
  }

  /** Whether a request that comes now is committed at once: lately each came alone, and nothing is on its way to the disk. */
  get takesOneByOne(): boolean {
    return this.#requests <= ONE_REQUEST && this.#underWay === 0;
  }

  /** A commit begins that so many requests share; the function that it returns is to be called when it is on disk. */
  begin(requests: number, beganAt: number): (durableAt: number) => void {
    const met = this.#underWay > 0 ? 1 : 0;
    this.#requests += WEIGHT_OF_COMMIT * (requests + met - this.#requests);
    this.#underWay++;
    return (durableAt) => {
      this.#underWay--;
      this.#durableAt = durableAt;
      noteDurable(durableAt - beganAt);
      const tookMs = Math.min(LONGEST_COMMIT_MS, Math.max(0, durableAt - beganAt));
      this.#commitMs += WEIGHT_OF_COMMIT * (tookMs - this.#commitMs);
    };
  }
}
