import { Link } from "wouter";
import type { EndpointStats } from "../../../sdk/client/index.ts";
import { useEndpointStats } from "../../api/endpoints.ts";
import { BarChart, LineChart } from "../../components/chart/chart.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { Time } from "../../components/time/time.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { compactText, latencyText, numberText, shareText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.health;

type Window = EndpointStats["window"];
const WINDOWS = Object.keys(t.ranges) as Window[];

/** The range that the address names, 24 hours unless it names one; and a choice of it. */
export function useRange(): [Window, () => React.ReactNode] {
  const [state, change] = useSearchState();
  const window = WINDOWS.find((name) => name === state.range) ?? "24h";
  return [
    window,
    () => (
      <Choice<Window>
        isSmall
        label={t.range}
        options={WINDOWS.map((name) => ({ name, title: t.ranges[name] }))}
        selected={window}
        onSelect={(name) => change({ range: name === "24h" ? undefined : name })}
      />
    ),
  ];
}

/** How an endpoint did over time. */
export function HealthTab({ id }: { id: string }) {
  const [window, RangeChoice] = useRange();
  const stats = useEndpointStats(id, window);
  if (stats.isPending) return <Skeleton lines={8} />;
  if (stats.isError) return <LoadError what={t.title} error={stats.error} retry={() => stats.refetch()} />;
  const { data } = stats;
  const ended = data.delivered + data.dead;
  return (
    <>
      <section className="card" aria-label={t.title}>
        <header>
          <h2>{t.title}</h2>
          <RangeChoice />
        </header>
        <dl className="stats six">
          <Fact name={t.delivered} value={shareText(data.delivered, ended)}>
            {t.ofEnded(numberText(data.delivered), numberText(ended))}
          </Fact>
          <Fact name={t.latency} value={latencyText(data.avg_latency_ms)}>
            {t.percentiles(latencyText(data.p95_latency_ms), latencyText(data.p99_latency_ms))}
          </Fact>
          <Fact name={t.retried} value={`${compactText(data.retried)} / ${compactText(ended)}`}>
            {t.neededRetry}
          </Fact>
          <Fact name={t.dead} value={numberText(data.dead)}>
            {data.dead === 0 ? (
              t.none
            ) : (
              <Link href={`/endpoints/${id}/deliveries?status=dead`}>{t.seeDead}</Link>
            )}
          </Fact>
          <Fact name={t.missed} value={numberText(data.missed)}>
            {t.whileDisabled}
          </Fact>
          <Fact name={t.waiting} value={numberText(data.pending)}>
            {data.oldest_pending_at === null ? t.none : <Time at={data.oldest_pending_at} />}
          </Fact>
        </dl>
      </section>
      <div className="cols even">
        <BarChart
          title={t.outcome}
          window={window}
          points={data.series.map(({ at, delivered, dead }) => ({ at, ok: delivered, bad: dead }))}
        />
        <LineChart
          title={t.latency}
          window={window}
          points={data.series.map(({ at, avg_latency_ms }) => ({ at, value: avg_latency_ms }))}
        />
      </div>
    </>
  );
}

/** One number with its name and what it means. */
export function Fact({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd>{children}</dd>
    </div>
  );
}
