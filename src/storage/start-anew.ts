/**
 * Ends this life of an object because its memory no longer tells what is stored: the next call or alarm starts a new one.
 * What was not committed is taken back; calls under way fail with an error that says so (`objects/object-errors.ts`).
 */
export function startAnew(ctx: Pick<DurableObjectState, "abort">, why: string): void {
  ctx.abort(`the object starts anew: ${why}`);
}
