/** A promise with what settles it: `Promise.withResolvers`, which Node 20 has not. */
export function settleable<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
