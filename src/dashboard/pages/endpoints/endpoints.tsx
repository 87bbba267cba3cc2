import { Ellipsis, List, Pause, Pencil, Play, Plus, X } from "lucide-react";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useEndpoints, useSetStatus } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, ButtonLink, IconButton } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { FilterBar, SearchField } from "../../components/filters/filter-bar.tsx";
import { Menu } from "../../components/menu/menu.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { type Selection, useSelection } from "../../components/table/selection.ts";
import { Choice } from "../../components/tabs/tabs.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { endpointName, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { endpointState, healthTexts, isFailing, needsAttention, rulesText } from "./standing.ts";

const t = text.endpoints;

type Shown = "all" | "failing" | "paused" | "disabled";
type Sort = "attention" | "delivered" | "name";

const TESTS: Readonly<Record<Shown, (endpoint: Endpoint) => boolean>> = {
  all: () => true,
  failing: isFailing,
  paused: ({ status }) => status === "paused",
  disabled: ({ status }) => status === "disabled",
};

/** All endpoints and how each does, worst first. */
export function Endpoints() {
  const [state, change] = useSearchState();
  const mayWrite = useMayWrite();
  const query = {
    limit: 200,
    ...(state.q && { q: state.q }),
    ...(state.dialect && { dialect: state.dialect }),
  };
  const endpoints = useEndpoints(query);
  const all = useMemo(() => endpoints.data?.pages.flatMap(({ data }) => data) ?? [], [endpoints.data]);
  const shown = (Object.keys(TESTS) as Shown[]).find((name) => name === state.status) ?? "all";
  const sort = (Object.keys(t.sorts) as Sort[]).find((name) => name === state.sort) ?? "attention";
  const rows = useMemo(() => all.filter(TESTS[shown]).toSorted(ORDERS[sort]), [all, shown, sort]);
  const count = (name: Shown) =>
    endpoints.hasNextPage ? undefined : numberText(all.filter(TESTS[name]).length);
  const isFiltered = Boolean(state.q ?? state.dialect) || shown !== "all";
  return (
    <>
      <PageHead title={t.title}>
        {mayWrite && (
          <ButtonLink kind="primary" icon={Plus} href="/endpoints/new">
            {t.make}
          </ButtonLink>
        )}
      </PageHead>
      <FilterBar
        kinds={[
          {
            name: "dialect",
            title: t.contract,
            options: text.endpointForm.dialects.map(({ value, title }) => ({ value, title })),
          },
        ]}
        state={state}
        onChange={change}
        aside={
          <>
            <span className="grow" />
            <label className="row muted hide-s nowrap">
              {t.sort}
              <select
                className="select"
                value={sort}
                onChange={({ target }) =>
                  change({ sort: target.value === "attention" ? undefined : target.value })
                }
              >
                {Object.entries(t.sorts).map(([value, title]) => (
                  <option key={value} value={value}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          </>
        }
      >
        <SearchField
          label={t.search}
          hint={t.searchHint}
          value={state.q ?? ""}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <Choice<Shown>
          label={t.statusGroup}
          selected={shown}
          onSelect={(name) => change({ status: name === "all" ? undefined : name })}
          options={[
            { name: "all", title: t.all, count: count("all") },
            { name: "failing", title: t.attention, count: count("failing") },
            { name: "paused", title: text.states.paused, count: count("paused") },
            { name: "disabled", title: text.states.disabled, count: count("disabled") },
          ]}
        />
      </FilterBar>
      <section className="card" aria-label={t.title}>
        {endpoints.isPending && <Skeleton lines={8} />}
        {endpoints.isError && (
          <LoadError what={t.what} error={endpoints.error} retry={() => endpoints.refetch()} />
        )}
        {endpoints.isSuccess && rows.length === 0 && (
          <Empty
            title={isFiltered ? t.noMatchTitle : t.emptyTitle}
            actions={
              isFiltered ? (
                <Button onClick={() => change({ q: undefined, dialect: undefined, status: undefined })}>
                  {text.actions.clear}
                </Button>
              ) : (
                mayWrite && <ButtonLink href="/endpoints/new">{t.make}</ButtonLink>
              )
            }
          >
            {isFiltered ? t.noMatch : t.empty}
          </Empty>
        )}
        {rows.length > 0 && <EndpointTable rows={rows} mayWrite={mayWrite} />}
        {endpoints.hasNextPage && (
          <footer>
            <Button isBusy={endpoints.isFetchingNextPage} onClick={() => endpoints.fetchNextPage()}>
              {text.actions.more}
            </Button>
          </footer>
        )}
      </section>
    </>
  );
}

const rank = (endpoint: Endpoint) =>
  isFailing(endpoint) ? 0 : needsAttention(endpoint) ? 1 : endpoint.status === "paused" ? 2 : 3;
const share = ({ health }: Endpoint) =>
  health === null || health.delivered + health.dead === 0
    ? 2
    : health.delivered / (health.delivered + health.dead);

const ORDERS: Readonly<Record<Sort, (one: Endpoint, other: Endpoint) => number>> = {
  attention: (one, other) => rank(one) - rank(other) || share(one) - share(other),
  delivered: (one, other) => share(one) - share(other),
  name: (one, other) => endpointName(one.url).localeCompare(endpointName(other.url)),
};

function EndpointTable({ rows, mayWrite }: { rows: readonly Endpoint[]; mayWrite: boolean }) {
  const [, navigate] = useLocation();
  const selection = useSelection(
    rows,
    ({ id }) => id,
    ({ id }) => navigate(`/endpoints/${id}`),
  );
  return (
    <>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              {mayWrite && (
                <th scope="col" className="hide-s">
                  <input
                    type="checkbox"
                    aria-label={t.selectAll}
                    checked={selection.selected.size > 0}
                    onChange={selection.toggleAll}
                  />
                </th>
              )}
              <th scope="col">{t.columns.endpoint}</th>
              <th scope="col">{t.columns.status}</th>
              <th scope="col" className="right hide-s">
                {t.columns.delivered}
              </th>
              <th scope="col" className="right hide-m">
                {t.columns.latency}
              </th>
              <th scope="col" className="right hide-m">
                {t.columns.retried}
              </th>
              <th scope="col" className="right hide-m">
                {t.columns.dead}
              </th>
              <th scope="col" className="right hide-l">
                {t.columns.waiting}
              </th>
              <th scope="col" className="hide-s">
                <span className="sr">{t.columns.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <EndpointRow
                key={row.id}
                endpoint={row}
                index={index}
                selection={selection}
                mayWrite={mayWrite}
              />
            ))}
          </tbody>
        </table>
      </div>
      {selection.selected.size > 0 && <StatusBar selection={selection} />}
    </>
  );
}

interface EndpointRowProps {
  endpoint: Endpoint;
  index: number;
  selection: Selection<Endpoint>;
  mayWrite: boolean;
}

function EndpointRow({ endpoint, index, selection, mayWrite }: EndpointRowProps) {
  const [, navigate] = useLocation();
  const setStatus = useSetStatus();
  const name = endpointName(endpoint.url);
  const health = healthTexts(endpoint);
  const isEnabled = endpoint.status === "enabled";
  return (
    <tr
      aria-selected={selection.isSelected(endpoint)}
      className={selection.cursor === index ? "cursor" : undefined}
    >
      {mayWrite && (
        <td className="hide-s">
          <input
            type="checkbox"
            aria-label={text.deliveries.select(name)}
            checked={selection.isSelected(endpoint)}
            onChange={() => {}}
            onClick={({ shiftKey }) => selection.toggle(index, shiftKey)}
          />
        </td>
      )}
      <td className="wide">
        <div className="two">
          <Link className="cut" href={`/endpoints/${endpoint.id}`}>
            {name}
          </Link>
          <small className="cut">{endpoint.description || rulesText(endpoint)}</small>
        </div>
      </td>
      <td>
        <Badge state={endpointState(endpoint)} />
      </td>
      <td className="right num hide-s">{health.delivered ?? <span className="faint">{t.noAttempt}</span>}</td>
      <td className="right num hide-m">{health.latency}</td>
      <td className="right num hide-m">{health.retried}</td>
      <td className="right num hide-m">
        {health.dead === 0 ? (
          <span className="faint">0</span>
        ) : (
          <Link className="bad t" href={`/endpoints/${endpoint.id}/deliveries?status=dead`}>
            {numberText(health.dead)}
          </Link>
        )}
      </td>
      <td className="right num hide-l">
        {health.pending === 0 ? <span className="faint">0</span> : numberText(health.pending)}
      </td>
      <td className="hide-s">
        <Menu
          className="btn quiet sm icon"
          label={t.actionsFor(name)}
          items={[
            {
              title: t.seeDeliveries,
              icon: List,
              onSelect: () => navigate(`/endpoints/${endpoint.id}/deliveries`),
            },
            ...(mayWrite
              ? [
                  {
                    title: isEnabled ? text.actions.pause : text.actions.resume,
                    icon: isEnabled ? Pause : Play,
                    onSelect: () => setStatus([endpoint.id], isEnabled ? "paused" : "enabled"),
                  },
                  {
                    title: text.actions.edit,
                    icon: Pencil,
                    onSelect: () => navigate(`/endpoints/${endpoint.id}/edit`),
                  },
                ]
              : []),
          ]}
        >
          <Icon of={Ellipsis} />
        </Menu>
      </td>
    </tr>
  );
}

/** Many endpoints at once. */
function StatusBar({ selection }: { selection: Selection<Endpoint> }) {
  const setStatus = useSetStatus();
  const ids = [...selection.selected.keys()];
  const set = (status: "paused" | "enabled") => {
    setStatus(ids, status);
    selection.clear();
  };
  return (
    <div className="bulk" role="region" aria-label={text.deliveries.selection}>
      <b className="num">{text.deliveries.selected(ids.length)}</b>
      <Button isSmall icon={Pause} onClick={() => set("paused")}>
        {text.actions.pause}
      </Button>
      <Button isSmall icon={Play} onClick={() => set("enabled")}>
        {text.actions.resume}
      </Button>
      <IconButton isSmall icon={X} label={text.deliveries.clearSelection} onClick={selection.clear} />
    </div>
  );
}
