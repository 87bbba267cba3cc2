import { durationText, latencyText, statusText } from "./format.ts";

/** What became of an attempt, as far as a sentence needs it. */
interface Failed {
  error: string | null;
  status: number | null;
  duration_ms: number;
}

interface Explained {
  /** In a cell of a table. */
  short: string;
  /** What happened. */
  title(attempt: Failed): string;
  /** What it means, beside it. */
  advice: string;
  /** What to check, step by step. */
  checks: readonly string[];
}

const took = ({ duration_ms }: Failed) => latencyText(duration_ms);

/** One row an error code of an attempt. */
export const attemptErrors: Readonly<Record<string, Explained>> = {
  status: {
    short: "Refused",
    title: (attempt) => `The receiver answered ${statusText(attempt.status ?? 0)} after ${took(attempt)}.`,
    advice: "It is reachable, and says no. Its own log tells why; the answer is below.",
    checks: [
      "Look into the receiver's log at the time of the attempt.",
      "A 401 or 403 is often a signature that is checked with another secret, or a body that was parsed before it was checked.",
      "Make the handler take the same delivery twice: a retry may follow an attempt that worked.",
    ],
  },
  redirect: {
    short: "Redirect",
    title: (attempt) => `The receiver answered ${statusText(attempt.status ?? 0)}, a redirect.`,
    advice:
      "Redirects are not followed: a signed body would go where nobody meant it. Set the endpoint's URL to where it leads.",
    checks: [
      "Open the URL with curl: it shows where the redirect leads.",
      "Set the endpoint's URL to that address, with https and without a slash too many.",
    ],
  },
  timeout: {
    short: "No answer in time",
    title: (attempt) => `No answer within ${durationText(attempt.duration_ms / 1000)}.`,
    advice:
      "The receiver took the request and did not answer in time. Answer first, then work; or raise the endpoint's timeout, to 30 s at the most.",
    checks: [
      "Answer 2xx as soon as the body is stored, and do the work afterwards.",
      "See how long the receiver takes: its own log or tracing tells.",
      "Raise the timeout only if it cannot answer faster.",
    ],
  },
  connect: {
    short: "No connection",
    title: () => "The connection was refused.",
    advice:
      "Nothing listens at this address and port, or a firewall refuses it. Check that the receiver runs and that its port is open.",
    checks: [
      "Is the receiver running, and does it listen on this port?",
      "Does a firewall let this service in?",
    ],
  },
  dns: {
    short: "Unknown host",
    title: () => "The host's name is not known.",
    advice: "Check the spelling of the host in the URL, and its DNS records.",
    checks: ["Is the host spelled right?", "Does `dig` find it from outside your network?"],
  },
  tls: {
    short: "TLS failed",
    title: () => "No secure connection could be made.",
    advice:
      "The certificate has expired, is for another name, or its chain is not complete. `openssl s_client -connect host:443` shows which.",
    checks: [
      "Has the certificate expired?",
      "Is it for this host's name?",
      "Does the server send the whole chain?",
    ],
  },
  reset: {
    short: "Connection cut",
    title: (attempt) => `The connection was cut after ${took(attempt)}.`,
    advice:
      "The receiver, or a proxy in front of it, closed the connection before it answered. It may have crashed on this body.",
    checks: [
      "Did the receiver crash or restart at that time?",
      "Does a proxy in front of it limit the size of bodies or the time of requests?",
    ],
  },
  invalid_answer: {
    short: "No HTTP answer",
    title: () => "What came back is not HTTP.",
    advice: "Check that the port is the one of an HTTP server, and that http and https are not mixed up.",
    checks: [
      "Is this the port of an HTTP server?",
      "Is the URL http where the server speaks https, or the other way round?",
    ],
  },
  response_too_slow: {
    short: "Answer too slow",
    title: () => "The answer began, and did not end in time.",
    advice: "Send a short answer at once; its body is not needed.",
    checks: ["Send a short body, or none.", "Do not stream the answer."],
  },
  blocked_address: {
    short: "Address not allowed",
    title: () => "The address is private, or not one that deliveries may go to.",
    advice:
      "The host's name leads to a private address. Give the receiver a public one, or have the operator allow its network.",
    checks: [
      "Which address does the host's name lead to?",
      "On one's own machine ALLOWED_NETWORKS says what is allowed.",
    ],
  },
  auth: {
    short: "No access token",
    title: () => "The token for the receiver could not be had.",
    advice:
      "The token URL of the endpoint's authentication refused. Check client id, client secret and scope.",
    checks: ["Do client id and client secret still work at the token URL?", "Is the scope right?"],
  },
  expired: {
    short: "Expired",
    title: () => "It waited for 30 days, and was given up.",
    advice: "Replay it once the receiver works.",
    checks: ["Mend the receiver, then replay."],
  },
};
