/** The keys that ENCRYPTION_KEY lists, as they are written there: newest first. */
export function keysIn(list: string | undefined): string[] {
  return (list ?? "")
    .split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");
}
