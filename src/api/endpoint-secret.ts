import type { z } from "@hono/zod-openapi";
import { endpointSecret, rotatedSecret, secretRotation } from "../contract/endpoint.ts";
import { ApiError, invalid } from "../errors.ts";
import { dialectOf, type EndpointSettings } from "./endpoint-settings.ts";
import { changeEndpoint, livingEndpoint, settingsOf } from "./endpoint-store.ts";
import { timeText, timeTextOrNull } from "./render.ts";
import { addRoute, newApi } from "./route.ts";

/** `/v1/endpoints/{id}/secret`. */
export const endpointSecretRoutes = newApi();

const tag = "Endpoints";

/** The current one and those in their time of grace. More would make signature headers that receivers may refuse. */
const MAX_SECRETS = 5;

const HOUR_MS = 3_600_000;

addRoute(
  endpointSecretRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/secret",
    tag,
    summary: "Show an endpoint's secret",
    description: "And those before it that still sign.",
    access: "endpoints:write",
    status: 200,
    answer: endpointSecret,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller.workspaceId, param("id"));
    const [current, ...earlier] = (await settingsOf(env, row)).secrets;
    const previous = earlier.flatMap(({ secret, expiresAt }) =>
      expiresAt !== null && expiresAt > Date.now() ? [{ secret, expires_at: timeText(expiresAt) }] : [],
    );
    const secret = current?.secret ?? null;
    const public_key = secret === null ? null : (dialectOf(row.dialect).secret.publicKey?.(secret) ?? null);
    return { secret, public_key, previous };
  },
);

addRoute(
  endpointSecretRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/secret/rotate",
    tag,
    summary: "Rotate an endpoint's secret",
    description:
      "The previous secret signs too until its time of grace ends, and no earlier one longer than that: `grace_hours: 0` ends all earlier secrets at once. 409 `too_many_secrets` where five sign already.",
    access: "endpoints:write",
    body: secretRotation,
    bodyOptional: true,
    status: 200,
    answer: rotatedSecret,
    errors: ["too_many_secrets", "write_conflict", "sync_pending"],
  },
  async ({ env, author, param, body }) => {
    const rotation = await body();
    const { settings } = await changeEndpoint(env, author, param("id"), {
      action: "endpoint.secret_rotated",
      change: (stored) => ({ settings: rotated(stored, rotation, Date.now()) }),
      answer: (_row, changed) => rotationBody(changed),
    });
    return rotationBody(settings);
  },
);

function rotationBody({ secrets }: EndpointSettings): z.infer<typeof rotatedSecret> {
  const [current, previous] = secrets;
  return {
    secret: current?.secret ?? "",
    previous_expires_at: timeTextOrNull(previous?.expiresAt ?? null),
  };
}

/**
 * The settings with a new current secret; the one before it signs too for its hours of grace. Throws 422, and 409 where
 * that would take the grace from one that was promised it.
 */
function rotated(
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
  if (previous.length >= MAX_SECRETS) throw tooManySecrets(stored.secrets, nowMs);
  return { ...stored, secrets: [{ secret, expiresAt: null }, ...previous] };
}

function tooManySecrets(secrets: EndpointSettings["secrets"], nowMs: number): ApiError {
  const ends = secrets.flatMap(({ expiresAt }) =>
    expiresAt === null || expiresAt <= nowMs ? [] : [expiresAt],
  );
  const firstExpiresAt = Math.min(...ends);
  const detail = `${MAX_SECRETS} secrets sign already. The oldest expires at ${timeText(firstExpiresAt)}: rotate after that, or with grace_hours 0, which ends all earlier ones at once.`;
  return new ApiError("too_many_secrets", detail);
}
