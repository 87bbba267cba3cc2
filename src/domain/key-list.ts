const KEY_BYTES = 32;

/** The keys that ENCRYPTION_KEY lists, as they are written there: newest first. */
export function keysIn(list: string | undefined): string[] {
  return (list ?? "")
    .split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");
}

/** The bytes of one of these keys, which are written in base64; null = they are not 32. */
export function keyBytes(key: string): Buffer<ArrayBuffer> | null {
  const bytes = Buffer.from(key.trim(), "base64");
  return bytes.length === KEY_BYTES ? bytes : null;
}

/** Whether a text may be ENCRYPTION_KEY: 32 bytes in base64, or a comma list of such keys without a gap. */
export function isKeyList(text: string): boolean {
  return text.split(",").every((key) => keyBytes(key) !== null);
}
