import { isStandingUrl } from "./transport.ts";

/**
 * A URL as lists, records and logs show it where it is a secret itself: its origin and the first 4 characters of the
 * path; never the query (docs/contracts.md, voice).
 */
export function maskedUrl(text: string): string {
  if (isStandingUrl(text)) return text;
  const url = new URL(text);
  return `${url.origin}${url.pathname.slice(0, 5)}***`;
}
