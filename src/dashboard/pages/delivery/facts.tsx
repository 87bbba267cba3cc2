import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Attempt, DeliveryWithAttempts, Endpoint } from "../../../sdk/client/index.ts";
import { useVersion } from "../../api/endpoints.ts";
import { Card } from "../../components/card/card.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Skeleton } from "../../components/states/states.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { hostOf, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { PolicyFacts } from "../endpoint/policy-facts.tsx";
import { mostAttempts } from "./stops.tsx";

const t = text.delivery;

/** Where the delivery stands. */
export function Facts({ delivery, endpoint }: { delivery: DeliveryWithAttempts; endpoint: Endpoint }) {
  const other = (id: string | null): ReactNode =>
    id === null ? (
      <span className="faint">{t.fact.none}</span>
    ) : (
      <Link className="mono" href={`/deliveries/${endpoint.id}/${id}`}>
        {id}
      </Link>
    );
  return (
    <Card title={t.facts} footer={<Link href={`/explain/${delivery.event_id}`}>{t.whereElse}</Link>}>
      <div className="body">
        <dl className="kv">
          <dt>{t.fact.sequence}</dt>
          <dd className="num">{sequenceText(delivery.sequence)}</dd>
          {delivery.key !== null && delivery.key_sequence !== null && (
            <>
              <dt>{t.fact.key}</dt>
              <dd className="cut">
                {delivery.key === "" ? (
                  <span className="faint">{t.fact.none}</span>
                ) : (
                  <span className="mono">{delivery.key}</span>
                )}{" "}
                <span className="num">{sequenceText(delivery.key_sequence)}</span>
              </dd>
            </>
          )}
          <dt>{t.fact.event}</dt>
          <dd>
            <Id of={delivery.event_id} />
          </dd>
          <dt>{t.fact.endpoint}</dt>
          <dd>
            <Link href={`/endpoints/${endpoint.id}`}>{hostOf(endpoint.url)}</Link>
          </dd>
          <dt>{t.fact.accepted}</dt>
          <dd className="num">
            <ClockTime at={delivery.created_at} />
          </dd>
          {delivery.completed_at !== null && (
            <>
              <dt>{t.fact.completed}</dt>
              <dd className="num">
                <ClockTime at={delivery.completed_at} />
              </dd>
            </>
          )}
          <dt>{t.fact.attempts}</dt>
          <dd>{t.attemptsOf(delivery.attempt_count, mostAttempts(endpoint, delivery))}</dd>
          <dt>{t.fact.replayOf}</dt>
          <dd className="cut">{other(delivery.replay_of)}</dd>
          {delivery.replayed_by !== null && (
            <>
              <dt>{t.fact.replayedBy}</dt>
              <dd className="cut">{other(delivery.replayed_by)}</dd>
            </>
          )}
        </dl>
      </div>
    </Card>
  );
}

/** How the endpoint delivered at this attempt; before the first one, how it does now. */
export function Policy({ endpoint, attempt }: { endpoint: Endpoint; attempt: Attempt | undefined }) {
  const version = attempt?.policy_version ?? null;
  const then = useVersion(endpoint.id, version);
  const at = `/endpoints/${endpoint.id}`;
  const isThen = attempt !== undefined && then.data !== undefined;
  return (
    <Card
      title={isThen ? t.policyAt(attempt.number) : t.policy}
      aside={
        version === null ? (
          <Link href={`${at}/edit`}>{text.actions.edit}</Link>
        ) : (
          <Link href={`${at}/versions`}>{t.policyVersion(version)}</Link>
        )
      }
    >
      <div className="body">
        {version !== null && then.isPending ? (
          <Skeleton lines={6} />
        ) : (
          <PolicyFacts endpoint={then.data?.endpoint ?? endpoint} />
        )}
      </div>
    </Card>
  );
}

/** What to look at after a failed attempt. */
export function Checks({ attempt }: { attempt: Attempt | undefined }) {
  if (attempt === undefined || attempt.outcome === "success") return null;
  const checks = text.attemptErrors[attempt.error ?? ""]?.checks ?? [];
  if (checks.length === 0) return null;
  return (
    <Card title={t.checks}>
      <div className="body">
        <ol className="stack muted numbered">
          {checks.map((check) => (
            <li key={check}>{check}</li>
          ))}
        </ol>
      </div>
    </Card>
  );
}
