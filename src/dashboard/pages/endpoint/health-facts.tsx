import { useEndpointStats } from "../../api/endpoints.ts";
import { Skeleton } from "../../components/states/states.tsx";
import { compactText, latencyText, numberText, shareText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.health;

/** How an endpoint did within 24 hours, in four numbers. */
export function HealthFacts({ id }: { id: string }) {
  const { data: stats } = useEndpointStats(id, "24h");
  if (stats === undefined) return <Skeleton lines={4} />;
  const ended = stats.delivered + stats.dead;
  return (
    <dl className="kv">
      <dt>{t.delivered}</dt>
      <dd className="num right">{shareText(stats.delivered, ended)}</dd>
      <dt>{t.latency}</dt>
      <dd className="num right">{latencyText(stats.avg_latency_ms)}</dd>
      <dt>{t.retried}</dt>
      <dd className="num right">
        {compactText(stats.retried)} / {compactText(ended)}
      </dd>
      <dt>{t.dead}</dt>
      <dd className="num right">{numberText(stats.dead)}</dd>
      {stats.missed > 0 && (
        <>
          <dt>{t.missed}</dt>
          <dd className="num right">{numberText(stats.missed)}</dd>
        </>
      )}
    </dl>
  );
}
