import { Plus } from "lucide-react";
import { useMemo } from "react";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { useWithLiveHealth } from "../../api/stats.ts";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { FilterBar, SearchField } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { endpointName, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { EndpointTable } from "./endpoint-table.tsx";
import { isFailing, needsAttention } from "./standing.ts";

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
  const listed = useMemo(() => endpoints.data?.pages.flatMap(({ data }) => data) ?? [], [endpoints.data]);
  const all = useWithLiveHealth(listed);
  const shown = (Object.keys(TESTS) as Shown[]).find((name) => name === state.status) ?? "all";
  const sort = (Object.keys(t.sorts) as Sort[]).find((name) => name === state.sort) ?? "attention";
  const rows = useMemo(() => all.filter(TESTS[shown]).toSorted(ORDERS[sort]), [all, shown, sort]);
  const count = (name: Shown) =>
    endpoints.isSuccess && !endpoints.hasNextPage ? numberText(all.filter(TESTS[name]).length) : undefined;
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
      <ListCard
        title={t.title}
        of={endpoints}
        what={t.what}
        isEmpty={rows.length === 0}
        empty={
          isFiltered
            ? {
                title: t.noMatchTitle,
                text: t.noMatch,
                actions: (
                  <Button onClick={() => change({ q: undefined, dialect: undefined, status: undefined })}>
                    {text.actions.clear}
                  </Button>
                ),
              }
            : {
                title: t.emptyTitle,
                text: t.empty,
                actions: mayWrite && <ButtonLink href="/endpoints/new">{t.make}</ButtonLink>,
              }
        }
      >
        <EndpointTable rows={rows} mayWrite={mayWrite} />
      </ListCard>
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
