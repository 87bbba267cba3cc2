import { useState } from "react";
import type { AuditEntry, AuditQuery } from "../../../sdk/client/index.ts";
import { useAudit } from "../../api/workspace.ts";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { FilterBar } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
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
        <section className="card" aria-label={t.title}>
          {audit.isPending && <Skeleton lines={8} />}
          {audit.isError && <LoadError what={t.what} error={audit.error} retry={() => audit.refetch()} />}
          {audit.isSuccess && rows.length === 0 && <Empty title={t.emptyTitle}>{t.empty}</Empty>}
          {rows.length > 0 && <ChangeTable rows={rows} chosen={shown?.id} onChoose={setChosen} />}
          {audit.hasNextPage && (
            <footer>
              <Button isBusy={audit.isFetchingNextPage} onClick={() => audit.fetchNextPage()}>
                {text.actions.more}
              </Button>
            </footer>
          )}
        </section>
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
