const ENDS = ["\n\r\n", "\n\n"];

/** Where the head of a request that begins with these bytes ends; null where it goes on. */
export function endOfHead(bytes: Buffer): number | null {
  const ends = ENDS.flatMap((end) => {
    const at = bytes.indexOf(end);
    return at === -1 ? [] : [at + end.length];
  });
  return ends.length === 0 ? null : Math.min(...ends);
}

/**
 * What a caller has said, with a `Host` where HTTP/1.0 asked for none (RFC 1945), as health checks of load balancers do:
 * workerd answers 400 without one.
 */
export function withHost(said: Buffer): Buffer {
  const firstLineEnd = said.indexOf("\n") + 1;
  if (!/ HTTP\/1\.0\r?\n$/.test(said.subarray(0, firstLineEnd).toString("latin1"))) return said;
  const head = said.subarray(0, endOfHead(said) ?? said.length).toString("latin1");
  if (/\nhost[ \t]*:/i.test(head)) return said;
  return Buffer.concat([
    said.subarray(0, firstLineEnd),
    Buffer.from("Host: localhost\r\n"),
    said.subarray(firstLineEnd),
  ]);
}
