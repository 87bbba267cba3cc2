import type { z } from "@hono/zod-openapi";
import { endpointSecret, rotatedSecret, secretRotation } from "../contract/endpoint-secret.ts";
import { signingPlan } from "../domain/signing.ts";
import { rotate } from "../endpoints/secret-rotation.ts";
import { dialectOf, type EndpointSettings } from "../endpoints/settings.ts";
import { changeEndpoint, livingEndpoint, settingsOf } from "../endpoints/store.ts";
import { newApi } from "../http/context.ts";
import { platform } from "../platform.ts";
import { timeText, timeTextOrNull } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** `/v1/endpoints/{id}/secret`. */
export const endpointSecretRoutes = newApi();

const tag = "Endpoints";

addRoute(
  endpointSecretRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/secret",
    operationId: "getEndpointSecret",
    tag,
    summary: "Show an endpoint's secret",
    description: "With those before it in their grace, and what signs until when.",
    access: "endpoints:write",
    status: 200,
    answer: endpointSecret,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller, param("id"));
    const settings = await settingsOf(env, row);
    const nowMs = platform.nowMs();
    const [current, ...earlier] = settings.secrets;
    const previous = earlier.flatMap(({ secret, expiresAt }) =>
      expiresAt !== null && expiresAt > nowMs ? [{ secret, expires_at: timeText(expiresAt) }] : [],
    );
    const secret = current?.secret ?? null;
    const public_key = secret === null ? null : (dialectOf(row.dialect).secret.publicKey?.(secret) ?? null);
    return { secret, public_key, ...signingBody(settings, nowMs), previous };
  },
);

addRoute(
  endpointSecretRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/secret/rotate",
    operationId: "rotateEndpointSecret",
    tag,
    summary: "Rotate an endpoint's secret",
    description:
      "The previous secret signs too until its time of grace ends, and no earlier one longer than that: `grace_hours: 0` ends all earlier secrets at once, with the current `secret` named, too. With `brokers`, `atomic` and `support`, whose header holds one signature, the previous secret alone signs until `switch_at` (default: the end of the grace), from then on the new one alone; naming the current `secret` again with a `switch_at` moves that time. 409 `too_many_secrets` where five are valid already.",
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
      change: (stored) => {
        const secrets = rotate(stored.secrets, rotation, dialectOf(stored.dialect), platform.nowMs());
        return { settings: { ...stored, secrets } };
      },
      answer: (_row, changed) => rotationBody(changed),
    });
    return rotationBody(settings);
  },
);

function rotationBody(settings: EndpointSettings): z.input<typeof rotatedSecret> {
  const [current, previous] = settings.secrets;
  return {
    secret: current?.secret ?? "",
    previous_expires_at: timeTextOrNull(previous?.expiresAt ?? null),
    ...signingBody(settings, platform.nowMs()),
  };
}

/** What signs, from when and until when. */
function signingBody({ dialect, secrets }: EndpointSettings, nowMs: number) {
  const plan = signingPlan(secrets, dialectOf(dialect).secret.oneSignature ?? false, nowMs);
  const newest = plan.find(({ secret }) => secret === secrets[0]?.secret);
  return {
    switch_at: timeTextOrNull(newest?.from ?? null),
    signing: plan.map(({ secret, from, until }) => ({
      secret,
      from: timeTextOrNull(from),
      until: timeTextOrNull(until),
    })),
  };
}
