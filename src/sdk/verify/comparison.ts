/**
 * Whether one of the texts equals the expected one. Takes as long whichever it is and wherever they differ, so that
 * timing tells a forger nothing.
 */
export function anyEquals(candidates: readonly string[], expected: string): boolean {
  let found = false;
  for (const candidate of candidates) {
    let difference = candidate.length ^ expected.length;
    for (let i = 0; i < expected.length; i++) difference |= candidate.charCodeAt(i) ^ expected.charCodeAt(i);
    found = difference === 0 || found;
  }
  return found;
}
