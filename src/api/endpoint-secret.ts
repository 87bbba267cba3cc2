import type { z } from "@hono/zod-openapi";
import type { secretRotation } from "../contract/endpoint.ts";
import { invalid } from "../errors.ts";
import { dialectOf, type EndpointSettings } from "./endpoint-settings.ts";

/** More secrets at once would make signature headers that receivers may refuse. */
const MAX_SECRETS = 5;

const HOUR_MS = 3_600_000;

/** The settings with a new current secret; the one before it signs too for its hours of grace. Throws 422. */
export function rotated(
  stored: EndpointSettings,
  rotation: z.infer<typeof secretRotation>,
  nowMs: number,
): EndpointSettings {
  const { secret: rules } = dialectOf(stored.dialect);
  if (rules.presence === "never") throw invalid([{ path: "secret", message: "this dialect is unsigned" }]);
  const problem = rotation.secret === undefined ? null : rules.problem(rotation.secret);
  if (problem !== null) throw invalid([{ path: "secret", message: problem }]);
  const secret = rotation.secret ?? rules.generate();
  // A repeated request must not shorten the previous secret's grace by a second rotation to the same one.
  if (stored.secrets[0]?.secret === secret) return stored;
  const graceEndsAt = nowMs + rotation.grace_hours * HOUR_MS;
  const previous = stored.secrets
    .map((one) => ({ secret: one.secret, expiresAt: Math.min(one.expiresAt ?? graceEndsAt, graceEndsAt) }))
    .filter((one) => one.expiresAt > nowMs && one.secret !== secret);
  return { ...stored, secrets: [{ secret, expiresAt: null }, ...previous].slice(0, MAX_SECRETS) };
}
