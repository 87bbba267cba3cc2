import { Plus } from "lucide-react";
import { Link } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";

/** All endpoints and how each does. */
export function Endpoints() {
  const endpoints = useEndpoints();
  const rows = endpoints.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <>
      <PageHead title="Endpoints">
        <ButtonLink kind="primary" icon={Plus} href="/endpoints/new">
          New endpoint
        </ButtonLink>
      </PageHead>
      <div className="card">
        {endpoints.isPending && <Skeleton lines={6} />}
        {endpoints.isError && (
          <LoadError what="The endpoints" error={endpoints.error} retry={() => endpoints.refetch()} />
        )}
        {endpoints.isSuccess && rows.length === 0 && (
          <Empty title="No endpoint yet">
            An endpoint is a URL with its rules: which events it gets, in which form, and how often it is
            tried.
          </Empty>
        )}
        {rows.length > 0 && <EndpointTable rows={rows} />}
        {endpoints.hasNextPage && (
          <footer>
            <Button isBusy={endpoints.isFetchingNextPage} onClick={() => endpoints.fetchNextPage()}>
              Show more
            </Button>
          </footer>
        )}
      </div>
    </>
  );
}

function EndpointTable({ rows }: { rows: Endpoint[] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">Status</th>
            <th scope="col" className="right">
              Delivered
            </th>
            <th scope="col" className="right hide-m">
              Avg. latency
            </th>
            <th scope="col" className="right hide-m">
              Retried
            </th>
            <th scope="col" className="right hide-s">
              Failed (dead-letter)
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <EndpointRow key={row.id} endpoint={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EndpointRow({ endpoint }: { endpoint: Endpoint }) {
  const { health } = endpoint;
  return (
    <tr>
      <td className="wide">
        <div className="two">
          <Link className="cut" href={`/endpoints/${endpoint.id}`}>
            {endpoint.url.replace(/^https?:\/\//, "")}
          </Link>
          <small className="cut">{endpoint.description || endpoint.types.join(", ")}</small>
        </div>
      </td>
      <td>
        <Badge state={endpoint.status} />
      </td>
      <td className="right num">{shareText(health)}</td>
      <td className="right num hide-m">
        {health?.avg_latency_ms == null ? "–" : `${Math.round(health.avg_latency_ms)}ms`}
      </td>
      <td className="right num hide-m">
        {health ? `${health.retried} / ${health.delivered + health.dead}` : "–"}
      </td>
      <td className="right num hide-s">{health ? health.dead : "–"}</td>
    </tr>
  );
}

/** Delivered of those that ended, in percent as the field publishes it: 99.98%. */
function shareText(health: Endpoint["health"]): string {
  const ended = health === null ? 0 : health.delivered + health.dead;
  return health === null || ended === 0 ? "–" : `${((100 * health.delivered) / ended).toFixed(2)}%`;
}
