/** What an object answers, or an error after so long: one that never answers must not hold up what others wait for. */
export async function answerWithin<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    // Timers that are left to end would add up: the runtime allows 10,000.
    clearTimeout(timer);
  }
}
