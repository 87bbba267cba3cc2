import type { VectorCase } from "./case.ts";

type Verify = (body: unknown, source: unknown, secrets: string[], options: object) => unknown;

/** What the SDK says of a case. Its own file, without imports: every runtime that is tried loads it as well. */
export function verdictOf(
  sdk: object,
  one: VectorCase,
  body: unknown = Uint8Array.from(atob(one.body_base64), (unit) => unit.charCodeAt(0)),
): { verdict: string; event?: unknown } {
  const { webhooks } = (sdk as Record<string, { webhooks: { verify: Verify } }>)[one.dialect] ?? {};
  if (webhooks === undefined) return { verdict: "no such dialect" };
  const source = one.dialect === "voice" ? one.url : one.headers;
  try {
    const event = webhooks.verify(body, source, one.secrets, {
      now: one.now * 1000,
      toleranceSeconds: one.tolerance_seconds,
    });
    return { verdict: "ok", ...(one.event === undefined ? {} : { event }) };
  } catch (error) {
    return { verdict: (error as { code?: string }).code ?? String(error) };
  }
}
