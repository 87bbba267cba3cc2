import { Plus } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import type { EventType } from "../../../sdk/client/index.ts";
import { useContractTypes, useEventTypes } from "../../api/event-types.ts";
import { useCurrentKey } from "../../api/key.ts";
import { Button } from "../../components/button/button.tsx";
import { SearchField } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { EventTypeDialog } from "./event-type-dialog.tsx";
import { TypeDetail } from "./type-detail.tsx";

const t = text.eventTypes;

/** What events there can be, by category; one of them with its sample and schema. */
export function EventTypes() {
  const { type: chosen } = useParams<{ type?: string }>();
  const key = useCurrentKey();
  const types = useEventTypes();
  const [state, change] = useSearchState();
  const named = useContractTypes(state.contract ?? null);
  const [isOpen, setIsOpen] = useState(false);
  const wanted = (state.q ?? "").toLowerCase();
  const rows = (types.data ?? []).filter(
    ({ type, description }) =>
      `${type} ${description}`.toLowerCase().includes(wanted) &&
      (state.contract === undefined || named.data?.has(type)),
  );
  const shown = types.data?.find(({ type }) => type === chosen) ?? rows[0];
  const isAdmin = key.data?.role === "admin";
  return (
    <>
      <PageHead title={t.title}>
        {isAdmin && (
          <Button icon={Plus} onClick={() => setIsOpen(true)}>
            {t.make}
          </Button>
        )}
      </PageHead>
      <div className="filters">
        <SearchField
          label={t.search}
          hint={types.isSuccess ? t.searchHint(types.data.length) : t.search}
          value={state.q ?? ""}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <Choice
          label={t.contract}
          selected={state.contract ?? "all"}
          onSelect={(name) => change({ contract: name === "all" ? undefined : name })}
          options={[
            { name: "all", title: t.all, count: types.isSuccess ? numberText(types.data.length) : undefined },
            ...text.endpointForm.dialects
              .filter(({ value }) => value !== "standard" && value !== "cloudevents")
              .map(({ value, title }) => ({ name: value, title })),
          ]}
        />
      </div>
      <div className="cols split">
        <ListCard
          title={t.title}
          of={types}
          what={t.what}
          isEmpty={rows.length === 0}
          empty={{ title: t.emptyTitle, text: t.empty }}
          lines={12}
        >
          <TypeTable rows={rows} chosen={shown?.type} />
        </ListCard>
        {shown === undefined ? (
          <section className="card" aria-label={t.sample}>
            <Empty title={t.title}>{t.choose}</Empty>
          </section>
        ) : (
          <TypeDetail key={shown.type} of={shown} contract={state.contract} isAdmin={isAdmin} />
        )}
      </div>
      {isOpen && <EventTypeDialog of={null} onClose={() => setIsOpen(false)} />}
    </>
  );
}

/** Contracts write their categories in different ways: `ACCOUNT` reads as `Account`. */
function categoryText(category: string): string {
  return category === category.toUpperCase() && category.length > 3
    ? category.slice(0, 1) + category.slice(1).toLowerCase().replaceAll("_", " ")
    : category;
}

function TypeTable({ rows, chosen }: { rows: readonly EventType[]; chosen: string | undefined }) {
  const groups = [...Map.groupBy(rows, ({ category }) => category || t.other)];
  return (
    <div className="table-wrap">
      <table>
        {groups.map(([category, members]) => (
          <tbody key={category}>
            <tr>
              <th scope="rowgroup" colSpan={2}>
                {categoryText(category)}
              </th>
            </tr>
            {members.map(({ type, description }) => (
              <tr key={type} aria-selected={type === chosen}>
                <td>
                  <Link className="mono" href={`/event-types/${encodeURIComponent(type)}`}>
                    {type}
                  </Link>
                </td>
                <td className="muted wide cut hide-s">{description}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
