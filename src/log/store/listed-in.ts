/**
 * Tells of lists of endpoints whether an endpoint is in them. The events of a chunk share their lists, which may name
 * every endpoint there is: each list is looked through once.
 */
export function listedIn(endpoint: number): (numbers: readonly number[]) => boolean {
  const known = new Map<readonly number[], boolean>();
  return (numbers) => {
    const isListed = known.get(numbers) ?? numbers.includes(endpoint);
    known.set(numbers, isListed);
    return isListed;
  };
}
