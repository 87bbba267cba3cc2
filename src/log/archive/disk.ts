/**
 * Resolves once an object of R2 outlives a power cut: on Cloudflare it does as soon as its put is confirmed; on one
 * machine the local server has yet to sync what Miniflare wrote. Throws if it could not.
 */
export async function keepOnDisk(disk: Fetcher | undefined, key: string): Promise<void> {
  if (disk === undefined) return;
  const answer = await disk.fetch(`http://disk/archive/${encodeURIComponent(key)}`, { method: "POST" });
  if (!answer.ok) throw new Error(`the archive's disk did not keep ${key}: ${await answer.text()}`);
}
