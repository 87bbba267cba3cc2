/** How an endpoint's requests reach their receiver: its URL is called, it fetches them, or a socket of its carries them. */
export const TRANSPORTS = ["http", "pull", "listen"] as const;

export type Transport = (typeof TRANSPORTS)[number];

/** What stands for the URL of an endpoint that has none, since nothing is called. */
export function standingUrl(transport: Exclude<Transport, "http">): string {
  return `${transport}:`;
}

/** Whether a URL only stands for the lack of one. */
export function isStandingUrl(url: string): boolean {
  return TRANSPORTS.some((transport) => transport !== "http" && url === standingUrl(transport));
}

const LONGEST_URL = 2048;

/** What is wrong with the URL of an endpoint that is not called, for the person who gave it; null = nothing. */
export function shownUrlProblem(url: string): string | null {
  if (isStandingUrl(url)) return null;
  if (!URL.canParse(url) || !/^https?:\/\/[^/\\]/i.test(url))
    return "must be an absolute URL such as http://localhost:3000/, or be left out";
  const { username, password, href } = new URL(url);
  if (username !== "" || password !== "") return "must not hold credentials";
  return href.length > LONGEST_URL ? `must not be longer than ${LONGEST_URL} characters` : null;
}
