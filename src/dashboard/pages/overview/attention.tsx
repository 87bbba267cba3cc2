import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Delivery, Endpoint } from "../../../sdk/client/index.ts";
import { useNewest } from "../../api/deliveries.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { ButtonLink } from "../../components/button/button.tsx";
import { SequenceStrip, type StripState } from "../../components/strip/strip.tsx";
import { endpointName, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { stateOf } from "../deliveries/state.ts";
import { endpointState, isFailing } from "../endpoints/standing.ts";
import styles from "./overview.module.css";

const t = text.overview;

/** So many are named; the list of endpoints has the others. */
const SHOWN = 5;

/** Endpoints that need somebody, worst first, each with its reason and what mends it. */
export function Attention({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const needy = endpoints.filter((endpoint) => isFailing(endpoint) || endpoint.status !== "enabled");
  return (
    <section className="card" aria-label={t.attention}>
      <header>
        <h2>{t.attention}</h2>
        <span className="faint">{t.attentionOf(needy.length, endpoints.length)}</span>
      </header>
      {needy.length === 0 ? (
        <p className="body muted">{t.calm}</p>
      ) : (
        <ul className={styles.failing}>
          {needy.slice(0, SHOWN).map((endpoint) => (
            <Needy key={endpoint.id} endpoint={endpoint} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Needy({ endpoint }: { endpoint: Endpoint }) {
  const newest = useNewest({ endpoint_id: endpoint.id }, true);
  const at = `/endpoints/${endpoint.id}`;
  return (
    <li>
      <div className="cut">
        <Link className={`${styles.name} cut`} href={at}>
          {endpointName(endpoint.url)}
        </Link>
        <Badge state={endpointState(endpoint)} />
      </div>
      <p className="muted">{reasonOf(endpoint)}</p>
      <Newest rows={newest.data?.data ?? []} />
      {actionOf(endpoint, at)}
    </li>
  );
}

function reasonOf({ status, status_reason, health }: Endpoint): string {
  const waiting = health !== null && health.pending > 0 ? ` ${t.waiting(health.pending)}` : "";
  if (status !== "enabled") {
    const reason = (text.endpoint.reasons as Record<string, string>)[status_reason ?? ""];
    return `${reason ?? text.endpoint.reasons.byHand} ${status === "paused" ? t.paused : t.disabled}${waiting}`;
  }
  const { dead = 0, retried = 0 } = health ?? {};
  return `${dead > 0 ? t.failing(dead) : t.onlyFailing(retried)}${waiting}`;
}

function actionOf({ status, health }: Endpoint, at: string): ReactNode {
  if (status !== "enabled" || health === null || health.dead === 0) {
    return (
      <ButtonLink isSmall href={at}>
        {status === "enabled" ? t.openOrder : t.enable}
      </ButtonLink>
    );
  }
  return (
    <ButtonLink isSmall href={`${at}/deliveries?status=dead`}>
      {t.seeDead}
    </ButtonLink>
  );
}

/** So many of the newest sequences. */
const BARS = 14;

function Newest({ rows }: { rows: readonly Delivery[] }) {
  const states = rows
    .slice(0, BARS)
    .toReversed()
    .map((row) => stateOf(row) as StripState);
  const counts = [...Map.groupBy(states, (state) => state)].map(
    ([state, { length }]) => `${numberText(length)} ${text.states[state === "head" ? "retrying" : state]}`,
  );
  return <SequenceStrip isSmall label={text.order.stripLabel(counts.join(", "))} states={states} />;
}
