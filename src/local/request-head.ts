const ENDS = ["\n\r\n", "\n\n"];

/** Where the head of a request that begins with these bytes ends; null where it goes on. */
export function endOfHead(bytes: Buffer): number | null {
  const ends = ENDS.flatMap((end) => {
    const at = bytes.indexOf(end);
    return at === -1 ? [] : [at + end.length];
  });
  return ends.length === 0 ? null : Math.min(...ends);
}
