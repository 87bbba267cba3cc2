import { useState } from "react";
import type { AuditEntry, AuditQuery } from "../../../sdk/client/index.ts";
import { useAudit } from "../../api/workspace.ts";
import { Id } from "../../components/copy/copy.tsx";
import { FilterBar } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { text } from "../../text/text.ts";
import { ChangeEntry, ChangeTable } from "./changes.tsx";

const t = text.audit;

const ACTIONS = [
  "workspace.updated",
  "key.created",
  "key.revoked",
  "portal_session.created",
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "endpoint.secret_rotated",
  "endpoint.status_changed",
  "event_type.created",
  "event_type.updated",
  "event_type.deleted",
] as const satisfies readonly AuditEntry["action"][];

/** Who changed what, and how it was before. */
export function Audit() {
  const [state, change] = useSearchState();
  const query: AuditQuery = {
    ...(state.action !== undefined && { action: state.action as AuditEntry["action"] }),
    ...(state.target !== undefined && { target: state.target }),
  };
  const audit = useAudit(query);
  const rows = audit.data?.pages.flatMap(({ data }) => data) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = rows.find(({ id }) => id === chosen) ?? rows[0];
  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      <FilterBar
        kinds={[
          { name: "action", title: t.action, options: ACTIONS.map((value) => ({ value, title: value })) },
          { name: "target", title: t.target, hint: "ep_…, key_…" },
        ]}
        state={state}
        onChange={change}
      />
      <div className="cols split">
        <ListCard
          title={t.title}
          of={audit}
          what={t.what}
          isEmpty={rows.length === 0}
          empty={{ title: t.emptyTitle, text: t.empty }}
        >
          <ChangeTable rows={rows} chosen={shown?.id} onChoose={setChosen} />
        </ListCard>
        {shown === undefined ? (
          <section className="card" aria-label={t.entry}>
            <Empty title={t.entry}>{t.choose}</Empty>
          </section>
        ) : (
          <ChangeEntry of={shown}>
            <dt>{t.targetTitle}</dt>
            <dd>
              <Id of={shown.target} />
            </dd>
          </ChangeEntry>
        )}
      </div>
    </>
  );
}
