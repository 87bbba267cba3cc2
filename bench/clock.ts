/** The system's monotonic clock in microseconds: the same in every process of this machine, unlike `Date.now`. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

/** Waits until something holds, looking every 20 ms. Throws if it does not within the time. */
export async function until(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUpAt = nowUs() + timeoutMs * 1000;
  while (!(await holds())) {
    if (nowUs() > giveUpAt) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(20);
  }
}
