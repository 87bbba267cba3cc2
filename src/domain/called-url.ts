/**
 * The URL that is called for one that was given: dot segments resolved, backslashes turned, what must be is
 * percent-encoded, without the fragment and without a dot that only says that the host's name is complete. What is no
 * URL comes back as it is.
 */
export function calledUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.hash = "";
  if (url.hostname.endsWith(".")) url.hostname = url.hostname.slice(0, -1);
  return url.href;
}

/** Whether two URLs have one origin: what is sent to the one may as well be sent to the other. */
export function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
