import { useId, useState } from "react";
import type { AuditEntry, AuditQuery } from "../../../sdk/client/index.ts";
import { useAudit } from "../../api/workspace.ts";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Diff } from "../../components/diff/diff.tsx";
import { FilterBar } from "../../components/filters/filter-bar.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { useSelection } from "../../components/table/selection.ts";
import { ClockTime, Time } from "../../components/time/time.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { text } from "../../text/text.ts";

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
          {rows.length > 0 && <AuditTable rows={rows} chosen={shown?.id} onChoose={setChosen} />}
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
          <Entry of={shown} />
        )}
      </div>
    </>
  );
}

interface AuditTableProps {
  rows: readonly AuditEntry[];
  chosen: string | undefined;
  onChoose(id: string): void;
}

function AuditTable({ rows, chosen, onChoose }: AuditTableProps) {
  const selection = useSelection(
    rows,
    ({ id }) => id,
    ({ id }) => onChoose(id),
  );
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">{t.columns.what}</th>
            <th scope="col">{t.columns.who}</th>
            <th scope="col" className="right">
              {t.columns.when}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((entry, index) => (
            <tr
              key={entry.id}
              aria-selected={entry.id === chosen}
              className={selection.cursor === index ? "cursor" : undefined}
            >
              <td className="wide">
                <div className="two">
                  <button type="button" className="linklike cut" onClick={() => onChoose(entry.id)}>
                    {sentenceOfEntry(entry)}
                  </button>
                  <small className="mono cut">{entry.action}</small>
                </div>
              </td>
              <td>
                <div className="two">
                  <span className="cut">{whoOf(entry)}</span>
                  <small>{entry.actor.kind}</small>
                </div>
              </td>
              <td className="right num muted">
                <Time at={entry.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Entry({ of: entry }: { of: AuditEntry }) {
  const heading = useId();
  return (
    <section className="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading} className="cut">
          {sentenceOfEntry(entry)}
        </h2>
      </header>
      <div className="body stack">
        <Diff
          title={t.by(entry.action, whoOf(entry))}
          before={stateText(entry.before)}
          after={stateText(entry.after)}
        />
        <dl className="kv">
          <dt>{t.at}</dt>
          <dd>
            <ClockTime at={entry.at} />
          </dd>
          <dt>{t.targetTitle}</dt>
          <dd>
            <Id of={entry.target} />
          </dd>
          <dt>{t.entry}</dt>
          <dd>
            <Id of={entry.id} />
          </dd>
        </dl>
      </div>
    </section>
  );
}

/** What changed, in words: the fields by their names. */
function sentenceOfEntry({ before, after }: AuditEntry): string {
  if (before === null) return t.made;
  if (after === null) return t.removed;
  const fields = Object.keys(after).join(", ");
  return fields === "" ? t.nothing : t.changed(fields);
}

function whoOf({ actor }: AuditEntry): string {
  if (actor.kind === "system") return t.service;
  return actor.name ?? (actor.kind === "operator" ? t.operator : (actor.id ?? ""));
}

function stateText(state: Record<string, unknown> | null): string {
  return state === null ? "" : JSON.stringify(state, null, 2);
}
