/*
 * The rule of `Atlas-Signature`, once for both sides: the dialect writes it, the SDK reads it.
 * It is the scheme that `stripe.webhooks.constructEvent` verifies. No platform API is used here.
 */

/** What is signed: the attempt's time in Unix seconds, as in the header, and the raw body. */
export function atlasSignedContent(timestamp: string, body: string): string {
  return `${timestamp}.${body}`;
}

/** `t=…,v1=…`, one `v1` per live secret, newest first. */
export function writeAtlasSignature(timestamp: string, signatures: readonly string[]): string {
  return [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}

/** More than any rotation needs; each costs the receiver a comparison. */
const MOST_SIGNATURES = 20;

/** The header's timestamp and its `v1` signatures; schemes of other names are passed over. Null if it is malformed. */
export function parseAtlasSignature(header: string): { timestamp: string; signatures: string[] } | null {
  let timestamp: string | null = null;
  const signatures: string[] = [];
  for (const part of header.split(",")) {
    const equals = part.indexOf("=");
    if (equals < 0) return null;
    const name = trimmed(part.slice(0, equals));
    const value = trimmed(part.slice(equals + 1));
    if (name === "v1") signatures.push(value);
    if (name !== "t") continue;
    // A second time would leave open which of the two was signed.
    if (timestamp !== null || !/^[0-9]{1,12}$/.test(value)) return null;
    timestamp = value;
  }
  if (timestamp === null || signatures.length === 0 || signatures.length > MOST_SIGNATURES) return null;
  return { timestamp, signatures };
}

/** Without HTTP's blanks around it: what other languages call white space differs. */
function trimmed(text: string): string {
  return /^[ \t]|[ \t]$/.test(text) ? text.replace(/^[ \t]+|[ \t]+$/g, "") : text;
}
