import { Plus, Send } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useNewest } from "../../api/deliveries.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { useCurrentKey, useMayWrite } from "../../api/key.ts";
import { useWithLiveHealth, useWorkspaceHealth, useWorkspaceSeries } from "../../api/stats.ts";
import { ButtonLink } from "../../components/button/button.tsx";
import { BarChart, LineChart } from "../../components/chart/chart.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { Table } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { later } from "../../shell/later.tsx";
import { compactText, hostOf, latencyText, numberText, shareText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { answerText } from "../deliveries/state.ts";
import { Fact, useRange } from "../endpoint/health-tab.tsx";
import { Attention } from "./attention.tsx";

const t = text.overview;

/** Only an empty workspace needs it. */
const FirstSteps = later(async () => (await import("./first-steps.tsx")).FirstSteps);

/** Whether anything is wrong, and how the workspace does. */
export function Overview() {
  const key = useCurrentKey();
  const mayWrite = useMayWrite();
  const endpoints = useEndpoints({ limit: 200 });
  const [window, RangeChoice] = useRange();
  const listed = useMemo(() => endpoints.data?.pages.flatMap(({ data }) => data) ?? [], [endpoints.data]);
  const rows = useWithLiveHealth(listed);
  const health = useWorkspaceHealth(window);
  // Once begun it is walked to its end, though an endpoint is made on the way.
  const isWalking = useRef(false);
  const [isWalked, setIsWalked] = useState(false);
  if (key.data?.role === "admin" && endpoints.isSuccess && rows.length === 0) isWalking.current = true;
  if (isWalking.current && !isWalked) return <FirstSteps onDone={() => setIsWalked(true)} />;
  return (
    <>
      <PageHead title={t.title}>
        <RangeChoice />
        {key.data?.role === "admin" && (
          <ButtonLink icon={Send} href="/events?send=1">
            {text.events.send}
          </ButtonLink>
        )}
        {mayWrite && (
          <ButtonLink kind="primary" icon={Plus} href="/endpoints/new">
            {text.endpoints.make}
          </ButtonLink>
        )}
      </PageHead>
      {endpoints.isPending && (
        <div className="card">
          <Skeleton lines={6} />
        </div>
      )}
      {endpoints.isError && (
        <div className="card">
          <LoadError what={text.endpoints.what} error={endpoints.error} retry={() => endpoints.refetch()} />
        </div>
      )}
      {endpoints.isSuccess && (
        <>
          <Attention endpoints={rows} />
          <Health of={health} window={window} />
          <Charts window={window} endpoints={rows} />
          <LatestDead endpoints={rows} isOn={!health.isPending} />
        </>
      )}
    </>
  );
}

type Window = Parameters<typeof useWorkspaceHealth>[0];

function Health({ of: health, window }: { of: ReturnType<typeof useWorkspaceHealth>; window: Window }) {
  const { data } = health;
  const ended = data === undefined ? 0 : data.delivered + data.dead;
  return (
    <section className="card" aria-label={t.health}>
      <header>
        <h2>{t.health}</h2>
        <span className="faint">
          {data?.isPart && `${t.ofFirst(data.endpoints)}, `}
          {text.health.rangeWords[window]}
        </span>
      </header>
      {health.isPending && <Skeleton lines={2} />}
      {health.isError && <LoadError what={t.health} error={health.error} retry={() => health.refetch()} />}
      {data !== undefined && (
        <dl className="stats six">
          <Fact name={text.health.delivered} value={shareText(data.delivered, ended)}>
            {text.health.ofEnded(numberText(data.delivered), numberText(ended))}
          </Fact>
          <Fact name={text.health.latency} value={latencyText(data.avgLatencyMs)}>
            {text.health.ofSuccesses}
          </Fact>
          <Fact name={text.health.retried} value={`${compactText(data.retried)} / ${compactText(ended)}`}>
            {text.health.neededRetry}
          </Fact>
          <Fact name={text.health.dead} value={numberText(data.dead)}>
            {data.dead === 0 ? (
              text.health.none
            ) : (
              <Link href="/deliveries?status=dead">{text.health.seeDead}</Link>
            )}
          </Fact>
          <Fact name={text.health.missed} value={numberText(data.missed)}>
            {text.health.whileDisabled}
          </Fact>
          <Fact name={text.health.waiting} value={numberText(data.pending)}>
            {data.pending === 0 ? (
              text.health.none
            ) : (
              <Link href="/deliveries?status=pending">{text.health.seeDead}</Link>
            )}
          </Fact>
        </dl>
      )}
    </section>
  );
}

function Charts({ window, endpoints }: { window: Window; endpoints: readonly Endpoint[] }) {
  const busiest = endpoints.toSorted(
    (one, other) => (other.health?.delivered ?? 0) - (one.health?.delivered ?? 0),
  );
  const series = useWorkspaceSeries(
    window,
    busiest.map(({ id }) => id),
  );
  if (series.data === undefined) return null;
  const { points } = series.data;
  return (
    <div className="cols even">
      <BarChart
        title={text.health.outcome}
        window={window}
        points={points.map(({ at, delivered, dead }) => ({ at, ok: delivered, bad: dead }))}
      />
      <LineChart
        title={text.health.latency}
        window={window}
        points={points.map(({ at, latencyMs }) => ({ at, value: latencyMs }))}
      />
    </div>
  );
}

const DEAD_COLUMNS = [
  { title: t.columns.type },
  { title: t.columns.endpoint, className: "hide-s" },
  { title: t.columns.what, className: "hide-m" },
  { title: t.columns.age, className: "right" },
];

/** So many of the newest dead letters. */
const SHOWN = 6;

/** How often they are asked for, milliseconds. */
const ASK_MS = 15_000;

function LatestDead({ endpoints, isOn }: { endpoints: readonly Endpoint[]; isOn: boolean }) {
  // They may be far down in a long log: the numbers above come first.
  const dead = useNewest({ status: "dead" }, isOn, { everyMs: ASK_MS });
  const rows = dead.data?.data.slice(0, SHOWN) ?? [];
  return (
    <section className="card" aria-label={t.latest}>
      <header>
        <h2>{t.latest}</h2>
        <Link href="/deliveries">{t.all}</Link>
      </header>
      {dead.isPending && <Skeleton lines={4} />}
      {dead.isError && <LoadError what={t.latest} error={dead.error} retry={() => dead.refetch()} />}
      {dead.isSuccess && rows.length === 0 && <p className="body muted">{t.noneDead}</p>}
      {rows.length > 0 && (
        <Table columns={DEAD_COLUMNS}>
          <tbody>
            {rows.map((row) => {
              const endpoint = endpoints.find(({ id }) => id === row.endpoint_id);
              return (
                <tr key={row.id}>
                  <td>
                    <Link className="mono" href={deliveryHref(row)}>
                      {row.event_type}
                    </Link>
                  </td>
                  <td className="hide-s muted">
                    {endpoint === undefined ? row.endpoint_id : hostOf(endpoint.url)}
                  </td>
                  <td className="hide-m muted wide cut">
                    {answerText(row, endpoint)}, {text.delivery.attemptsMade(row.attempt_count)}
                  </td>
                  <td className="right num muted">
                    <Time at={row.created_at} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </Table>
      )}
    </section>
  );
}
