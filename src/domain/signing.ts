import type { SigningSecret } from "./endpoint.ts";

/*
 * Which of an endpoint's secrets sign, and when. Lists of secrets are newest first: the current one, then those before
 * it in their time of grace. Most contracts' headers carry a signature of each of them. Those of some carry one
 * (docs/contracts.md): there a rotation has a switch-over time, until which the earlier secret signs in place of the
 * new one. Nothing has to be written at that time: each attempt asks by its own clock.
 */

/** The secrets that sign an attempt at `now` (Unix milliseconds), newest first. */
export function signingAt(
  secrets: readonly SigningSecret[],
  isOneSignature: boolean,
  nowMs: number,
): SigningSecret[] {
  const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > nowMs);
  if (!isOneSignature) return live;
  const signer = live.findLast(({ signsUntil = 0 }) => signsUntil > nowMs) ?? live[0];
  return signer === undefined ? [] : [signer];
}

/** A span of time in which a secret signs, Unix milliseconds; `from` null = it signs already, `until` null = for good. */
export interface SigningSpan {
  secret: string;
  from: number | null;
  until: number | null;
}

/** What signs from now on, in the order in which it begins. */
export function signingPlan(
  secrets: readonly SigningSecret[],
  isOneSignature: boolean,
  nowMs: number,
): SigningSpan[] {
  if (!isOneSignature)
    return signingAt(secrets, false, nowMs).map(({ secret, expiresAt }) => ({
      secret,
      from: null,
      until: expiresAt,
    }));
  const spans: SigningSpan[] = [];
  let from: number | null = null;
  for (;;) {
    const [signer] = signingAt(secrets, true, from ?? nowMs);
    if (signer === undefined) return spans;
    const { secret, signsUntil = 0 }: SigningSecret = signer;
    const isReplaced = signsUntil > (from ?? nowMs);
    spans.push({ secret, from, until: isReplaced ? signsUntil : null });
    if (!isReplaced) return spans;
    from = signsUntil;
  }
}

/** How a rotation treats the secrets before the new one; times in Unix milliseconds. */
export interface Rotation {
  secret: string;
  /** None of the earlier ones is valid longer. */
  graceEndsAt: number;
  /** Where one secret signs at a time: when the new one begins. Null = all sign at once. */
  switchAt: number | null;
}

/**
 * The secrets after a rotation: none of the earlier ones lives, or signs, longer than the one that is replaced. What an
 * earlier rotation promised stays true up to that.
 */
export function rotatedSecrets(
  secrets: readonly SigningSecret[],
  { secret, graceEndsAt, switchAt }: Rotation,
  nowMs: number,
): SigningSecret[] {
  const [signer] = signingAt(secrets, switchAt !== null, nowMs);
  // Back to the one that signs: the rotations under way are taken back, and it goes on.
  if (switchAt !== null && signer?.secret === secret)
    return [{ secret, expiresAt: null }, ...secrets.slice(secrets.indexOf(signer) + 1)];
  const earlier = secrets.map((one) => ({
    secret: one.secret,
    expiresAt: Math.min(one.expiresAt ?? graceEndsAt, graceEndsAt),
    ...signsUntilOf(one, switchAt),
  }));
  const kept = earlier.filter((one) => one.expiresAt > nowMs && one.secret !== secret);
  return [{ secret, expiresAt: null }, ...kept];
}

/** The secrets, none before the current one valid, or signing, longer than until `endsAt`, Unix milliseconds. */
export function endedBy(secrets: readonly SigningSecret[], endsAt: number, nowMs: number): SigningSecret[] {
  return secrets.flatMap((one) => {
    if (one.expiresAt === null) return [one];
    const expiresAt = Math.min(one.expiresAt, endsAt);
    const signs = one.signsUntil === undefined ? {} : { signsUntil: Math.min(one.signsUntil, expiresAt) };
    return expiresAt > nowMs ? [{ secret: one.secret, expiresAt, ...signs }] : [];
  });
}

/** The current one signs until the switch-over, one before it until its own or that, whichever comes first. */
function signsUntilOf(
  { expiresAt, signsUntil }: SigningSecret,
  switchAt: number | null,
): Pick<SigningSecret, "signsUntil"> {
  if (switchAt === null) return {};
  if (expiresAt === null) return { signsUntil: switchAt };
  return signsUntil === undefined ? {} : { signsUntil: Math.min(signsUntil, switchAt) };
}

/**
 * The secrets with another switch-over time of the last rotation; as they are where the current one signs already.
 * @param switchAt Unix milliseconds
 */
export function switchedAt(
  secrets: readonly SigningSecret[],
  switchAt: number,
  nowMs: number,
): readonly SigningSecret[] {
  const [current, replaced, ...others] = secrets;
  const [signer] = signingAt(secrets, true, nowMs);
  if (current === undefined || replaced === undefined || signer === current) return secrets;
  const moved = {
    ...replaced,
    expiresAt: Math.max(replaced.expiresAt ?? switchAt, switchAt),
    signsUntil: switchAt,
  };
  return [current, moved, ...others.map((one) => ({ ...one, ...signsUntilOf(one, switchAt) }))];
}
