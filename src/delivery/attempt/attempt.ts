import type { DeliveryPolicy } from "../../contract/policy.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { Dialect, OutgoingRequest } from "../../dialects/dialect.ts";
import type { Attempt, AttemptError, OutgoingDelivery } from "../../domain/delivery.ts";
import type { EndpointSecrets } from "../../domain/endpoint.ts";
import { MASK } from "../../domain/mask.ts";
import { maskedUrl } from "../../domain/masked-url.ts";
import type { AttemptOutcome } from "../../domain/retry.ts";
import { signingAt } from "../../domain/signing.ts";
import { logLine } from "../../service-log.ts";
import type { Turn } from "../../storage/own-turns.ts";
import { attemptIdOf } from "./attempt-id.ts";
import { AuthError, type Authenticator, MAX_TOKEN_ANSWER_BYTES, TOKEN_TIMEOUT_MS } from "./auth.ts";
import { maskerOf } from "./mask/secret-values.ts";
import { KEPT_BODY_BYTES, readBody, recordAnswer, recordingMs, retryAfterMs } from "./receiver-answer.ts";
import type { Send } from "./resend.ts";
import { logSpan, traceHeaders } from "./span.ts";
import { type Carry, NobodyThere, NotAnswered } from "./tunnel.ts";

/** What an attempt sends, before the time at which it starts gives it its id. */
export type UnnamedAttempt = Omit<OutgoingDelivery, "attemptId">;

/** Everything one attempt needs. First tries, retries, replays and tests differ in this, not in code. */
export interface AttemptInput {
  delivery: UnnamedAttempt;
  /** The version of the endpoint's configuration. */
  policyVersion: number;
  url: string;
  /** Whether ALLOWED_NETWORKS, as it is today, lets the URL be called. */
  isUrlAllowed: boolean;
  policy: DeliveryPolicy;
  dialect: Dialect;
  options: Record<string, string>;
  secrets: EndpointSecrets;
  authenticator: Authenticator;
  /** What carries the request where the URL is not called; null = it is. */
  carry: Carry | null;
}

/** What an answer may take: `signal` says so, too, where it can be heard. */
export interface AnswerLimits {
  /** When it is waited for no longer, Unix milliseconds. */
  endsAt: number;
  /** How much of its body is looked at. */
  mostBytes: number;
}

/** How attempts reach the network. */
export interface Network {
  /** How what one attempt has to send is sent; what meets a connection that its receiver is closing is sent again. */
  sender(limits: AnswerLimits): Send;
  nowMs(): number;
  /** Closes the connections that are kept for a next request. */
  closeIdle(): void;
  /** Why a request got no answer; see `diagnose.ts`. */
  diagnose(error: unknown, url: string): Promise<AttemptError>;
  /** What an answer means that comes from the platform instead of the receiver; null where it is the receiver's. */
  platformError(response: NonNullable<Attempt["response"]>): AttemptError | null;
  deadlines: Deadlines;
  /** When what is dear may be done, on the thread that all share. */
  turn: Turn;
}

/** A shorter path is no secret: `/hooks` stands in many an answer. */
const LEAST_PATH_CHARACTERS = 12;

type Answer = Pick<Attempt, "error" | "response"> & {
  retryAfterMs: number | null;
  /** How long the receiver took, where it says so itself. */
  durationMs?: number | undefined;
};

/**
 * Sends one HTTP request and reads its answer; what goes wrong with either is in the outcome. Throws NobodyThere where
 * nobody was there to take it: then no attempt was made.
 */
export async function attempt(input: AttemptInput, network: Network): Promise<AttemptOutcome> {
  const startedAt = network.nowMs();
  const built = build(input, startedAt);
  const own: Record<string, string> = { ...input.secrets.headers };
  const answer = built
    ? await exchange(input, network, built, own)
    : { ...unanswered("auth"), endedAt: startedAt };
  const record: Attempt = {
    number: input.delivery.attempt,
    startedAt,
    durationMs: Math.min(answer.durationMs ?? Number.POSITIVE_INFINITY, answer.endedAt - startedAt),
    outcome: answer.error === null ? "success" : "failure",
    error: answer.error,
    policyVersion: input.policyVersion,
    ...(Object.keys(input.dialect.options).length === 0 ? {} : { dialectOptions: input.options }),
    request: {
      method: input.policy.method,
      url: urlOnRecord(input.dialect, input.url),
      headers: headersOnRecord(Object.keys(own), built),
    },
    response: answer.response,
  };
  logSpan(input.delivery, record);
  return { attempt: record, retryAfterMs: answer.retryAfterMs };
}

/** The URL as records show it: without what is the receiver's secret. */
export function urlOnRecord(dialect: Dialect, url: string): string {
  return dialect.masksUrl ? maskedUrl(url) : url;
}

/** The dialect's request; null where it cannot be signed, which a secret checked when it was set never is. */
export function build(
  { dialect, delivery, secrets, options }: Pick<AttemptInput, "dialect" | "delivery" | "secrets" | "options">,
  nowMs: number,
): OutgoingRequest | null {
  const attemptId = attemptIdOf(delivery, nowMs);
  const signing = signingAt(secrets.secrets, dialect.secret.oneSignature ?? false, nowMs);
  const named = { ...delivery, attemptId };
  try {
    const request = dialect.build(named, {
      secrets: signing.map(({ secret }) => secret),
      nowMs,
      options,
    });
    const trace = traceHeaders(delivery.event, attemptId, Object.keys(secrets.headers));
    return { ...request, headers: { ...request.headers, ...trace } };
  } catch (error) {
    logLine("error", "a delivery cannot be signed", { endpoint: delivery.endpointId, error });
    return null;
  }
}

function unanswered(error: AttemptError): Answer {
  return { error, response: null, retryAfterMs: null };
}

/** @param own the endpoint's own headers; those of its authentication are added */
async function exchange(
  input: AttemptInput,
  network: Network,
  built: OutgoingRequest,
  own: Record<string, string>,
): Promise<Answer & { endedAt: number }> {
  const { nowMs, deadlines } = network;
  if (!input.isUrlAllowed) return { ...unanswered("blocked_address"), endedAt: nowMs() };
  const controller = new AbortController();
  const { signal } = controller;
  const timeoutMs = input.policy.timeoutSeconds * 1000;
  const endsAt = nowMs() + timeoutMs;
  const endDeadline = deadlines.in(timeoutMs, () => controller.abort());
  const send = network.sender({ endsAt, mostBytes: KEPT_BODY_BYTES });
  const request = async () => {
    const asksBy = network.sender({ endsAt: nowMs() + TOKEN_TIMEOUT_MS, mostBytes: MAX_TOKEN_ANSWER_BYTES });
    Object.assign(own, await input.authenticator.headers(asksBy, nowMs(), signal, deadlines));
    const { method } = input.policy;
    const headers = { ...acceptBeside(Object.keys(own)), ...own, ...built.headers };
    if (input.carry !== null) return input.carry({ method, headers, body: built.body });
    return send(input.url, { method, headers, body: built.body, signal });
  };
  try {
    let response = await request();
    if (response.status === 401 && input.authenticator.isRenewable) {
      response.body?.cancel().catch(() => {});
      input.authenticator.forgetToken(own);
      response = await request();
    }
    const body = await readBody(response);
    const endedAt = nowMs();
    await network.turn(recordingMs(response, body));
    const broken = signal.aborted ? "response_too_slow" : "reset";
    const record = await recordAnswer(response, body, maskerOf(input.secrets, own, secretsBeside(input)));
    return {
      error: body.isBroken ? broken : errorOfAnswer(record, input.policy, network),
      response: record,
      retryAfterMs: retryAfterMs(response, endedAt),
      endedAt,
      durationMs: response.durationMs,
    };
  } catch (error) {
    if (error instanceof NobodyThere) throw error;
    const endedAt = nowMs();
    if (error instanceof NotAnswered)
      return { ...unanswered(error.reason), endedAt, durationMs: error.durationMs };
    if (error instanceof AuthError) return { ...unanswered("auth"), endedAt };
    const reason = signal.aborted ? "timeout" : await network.diagnose(error, input.url);
    return { ...unanswered(reason), endedAt };
  } finally {
    endDeadline();
  }
}

/**
 * The headers of a request as records show them: the values of the endpoint's own masked.
 * @param own names of the endpoint's own headers and of those that its authentication sets
 */
export function headersOnRecord(
  own: readonly string[],
  built: OutgoingRequest | null,
): Record<string, string> {
  const masked = Object.fromEntries(own.map((name) => [name, MASK]));
  return { ...acceptBeside(own), ...masked, ...built?.headers };
}

/** What takes any answer; an endpoint's own `Accept` goes instead. */
function acceptBeside(own: readonly string[]): Record<string, string> {
  return own.some((name) => name.toLowerCase() === "accept") ? {} : { Accept: "*/*" };
}

/** What records must not show beside the endpoint's secrets: its tokens and, where that is one, its URL. */
function secretsBeside({ authenticator, dialect, url }: AttemptInput): string[] {
  if (!dialect.masksUrl) return authenticator.tokens;
  const { pathname, search, href } = new URL(url);
  const paths = [pathname + search, pathname].filter((path) => path.length >= LEAST_PATH_CHARACTERS);
  return [...authenticator.tokens, href, ...paths];
}

function errorOfAnswer(
  response: NonNullable<Attempt["response"]>,
  policy: DeliveryPolicy,
  network: Network,
): AttemptError | null {
  // Before the endpoint's own: what the platform answers in the receiver's place is no success.
  const isTaken = response.status >= 200 && response.status < 300;
  return (isTaken ? null : network.platformError(response)) ?? errorOfStatus(response.status, policy);
}

/** What a status means; null = success. */
export function errorOfStatus(status: number, { successStatuses }: DeliveryPolicy): AttemptError | null {
  if ((status >= 200 && status < 300) || successStatuses?.includes(status)) return null;
  return status >= 300 && status < 400 ? "redirect" : "status";
}
