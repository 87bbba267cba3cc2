import { type SecretRotation, SWITCH_NOW } from "../contract/endpoint-secret.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { HOUR_MS } from "../domain/durations.ts";
import type { SigningSecret } from "../domain/endpoint.ts";
import { endedBy, type Rotation, rotatedSecrets, signingPlan, switchedAt } from "../domain/signing.ts";
import { ApiError, invalid } from "../errors.ts";
import { platform } from "../platform.ts";
import { timeText } from "../rendering/time.ts";

/* What requests make of an endpoint's secrets. */

/** The current one and those in their time of grace. More would make signature headers that receivers may refuse. */
const MAX_SECRETS = 5;

const DEFAULT_GRACE_HOURS = 24;
const MAX_GRACE_HOURS = 168;

/**
 * The secrets after a rotation that a caller asks for. Throws 422, and 409 where that would take the grace from one
 * that was promised it.
 */
export function rotate(
  stored: SigningSecret[],
  asked: SecretRotation,
  { secret: rules }: Dialect,
  nowMs: number,
): SigningSecret[] {
  if (rules.presence === "never") throw refused("secret", "this dialect is unsigned");
  const problem = asked.secret === undefined ? null : rules.problem(asked.secret);
  if (problem !== null) throw refused("secret", problem);
  if (asked.switch_at !== undefined && rules.oneSignature !== true)
    throw refused(
      "switch_at",
      "is for dialects whose header holds one signature: this one signs with all secrets until their grace ends, see grace_hours",
    );
  const rotation = timesOf(asked, rules.oneSignature ?? false, nowMs);
  const secret = asked.secret ?? rules.generate(platform);
  const isOneSignature = rules.oneSignature ?? false;
  if (stored[0]?.secret !== secret) {
    const rotated = rotatedSecrets(stored, { ...rotation, secret }, nowMs);
    const secrets = isOneSignature ? withoutIdle(rotated, nowMs) : rotated;
    refuseTooMany(secrets, stored, nowMs);
    return secrets;
  }
  // The current one again: what is said of those before it holds. A repeated request says what holds already.
  const kept = asked.grace_hours === undefined ? stored : endedBy(stored, rotation.graceEndsAt, nowMs);
  if (asked.switch_at === undefined || rotation.switchAt === null) return kept;
  return [...switchedAt(kept, rotation.switchAt, nowMs)];
}

/** Where one secret signs at a time, those that never will again make room, if there are too many. */
function withoutIdle(secrets: SigningSecret[], nowMs: number): SigningSecret[] {
  if (secrets.length <= MAX_SECRETS) return secrets;
  const signing = new Set(signingPlan(secrets, true, nowMs).map(({ secret }) => secret));
  return secrets.filter(({ secret, expiresAt }) => expiresAt === null || signing.has(secret));
}

/**
 * The secrets after a new one was set without a word on the one before: it has the same grace as in a rotation. How
 * many there are is not checked, see `refuseTooMany`.
 */
export function replace(
  stored: SigningSecret[],
  secret: string,
  dialect: Dialect,
  nowMs: number,
): SigningSecret[] {
  const [current] = stored;
  if (current === undefined) return [{ secret, expiresAt: null }];
  if (current.secret === secret) return stored;
  const times = timesOf({}, dialect.secret.oneSignature ?? false, nowMs);
  return rotatedSecrets(stored, { ...times, secret }, nowMs);
}

/** When the grace ends, and when the new secret begins to sign; throws 422. */
function timesOf(asked: SecretRotation, isOneSignature: boolean, nowMs: number): Omit<Rotation, "secret"> {
  const graceEndsAt = nowMs + (asked.grace_hours ?? DEFAULT_GRACE_HOURS) * HOUR_MS;
  if (!isOneSignature) return { graceEndsAt, switchAt: null };
  if (asked.switch_at === undefined) return { graceEndsAt, switchAt: graceEndsAt };
  if (asked.switch_at === SWITCH_NOW) return { graceEndsAt, switchAt: nowMs };
  const switchAt = Date.parse(asked.switch_at);
  if (switchAt <= nowMs) throw refused("switch_at", "must lie in the future, or be `now`");
  if (switchAt <= graceEndsAt) return { graceEndsAt, switchAt };
  if (asked.grace_hours !== undefined)
    throw refused("switch_at", `must not lie after the end of the grace, ${timeText(graceEndsAt)}`);
  if (switchAt > nowMs + MAX_GRACE_HOURS * HOUR_MS)
    throw refused("switch_at", `must lie at most ${MAX_GRACE_HOURS} hours ahead`);
  return { graceEndsAt: switchAt, switchAt };
}

/** Throws 409 where a change would take the grace from a secret that was promised it. */
export function refuseTooMany(
  secrets: readonly SigningSecret[],
  stored: readonly SigningSecret[],
  nowMs: number,
): void {
  if (secrets.length <= MAX_SECRETS) return;
  const ends = stored.flatMap(({ expiresAt }) =>
    expiresAt === null || expiresAt <= nowMs ? [] : [expiresAt],
  );
  const firstExpiresAt = Math.min(...ends);
  const detail = `${MAX_SECRETS} secrets are valid already. The oldest expires at ${timeText(firstExpiresAt)}: rotate after that, or with grace_hours 0, which ends all earlier ones at once.`;
  throw new ApiError("too_many_secrets", detail);
}

function refused(path: string, message: string): ApiError {
  return invalid([{ path, message }]);
}
