import type { Endpoint } from "../../../sdk/client/index.ts";
import type { State } from "../../components/glyph/glyph.tsx";
import { compactText, latencyText, shareText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

/** Whether somebody should look: dead letters, or nothing but failures, within 24 hours. */
export function isFailing({ status, health }: Endpoint): boolean {
  if (status !== "enabled" || health === null) return false;
  return health.dead > 0 || (health.retried > 0 && health.delivered === 0);
}

/** The state that the page shows. */
export function endpointState(endpoint: Endpoint): State {
  return isFailing(endpoint) ? "failing" : endpoint.status;
}

/** Whether it stands among those that need somebody. */
export function needsAttention(endpoint: Endpoint): boolean {
  return isFailing(endpoint) || endpoint.status === "disabled";
}

/** Health in words and numbers, as the field publishes it. */
export function healthTexts({ health }: Endpoint) {
  const ended = health === null ? 0 : health.delivered + health.dead;
  return {
    delivered: health === null || ended === 0 ? null : shareText(health.delivered, ended),
    latency: latencyText(health?.avg_latency_ms),
    retried: health === null ? "–" : `${compactText(health.retried)} / ${compactText(ended)}`,
    dead: health?.dead ?? 0,
    pending: health?.pending ?? 0,
  };
}

/** Its rules in one line. */
export function rulesText({ dialect, types, order }: Endpoint): string {
  const t = text.endpoints;
  const named = types.includes("*")
    ? t.allTypes
    : types.length > 3
      ? t.countedTypes(types.length)
      : types.join(", ");
  return t.rules(dialect, named, order);
}
