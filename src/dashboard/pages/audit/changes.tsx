import { type ReactNode, useId } from "react";
import type { AuditEntry } from "../../../sdk/client/index.ts";
import { Id } from "../../components/copy/copy.tsx";
import { Diff } from "../../components/diff/diff.tsx";
import { ChoiceTable } from "../../components/table/table.tsx";
import { ClockTime, Time } from "../../components/time/time.tsx";
import { endpointName } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.audit;

/** A change of the configuration: an entry of the audit log, or a version of an endpoint. */
export interface Change extends Pick<AuditEntry, "id" | "at" | "actor" | "action" | "before" | "after"> {
  /** The version of an endpoint, where this is one. */
  version?: number | null;
}

interface ChangeTableProps {
  rows: readonly Change[];
  chosen: string | undefined;
  onChoose(id: string): void;
}

const COLUMNS = [
  { title: t.columns.what },
  { title: t.columns.who, className: "hide-s" },
  { title: t.columns.when, className: "right" },
];

/** Changes, newest first. */
export function ChangeTable({ rows, chosen, onChoose }: ChangeTableProps) {
  return (
    <ChoiceTable
      columns={COLUMNS}
      rows={rows}
      idOf={({ id }) => id}
      chosen={chosen}
      onChoose={({ id }) => onChoose(id)}
      cells={(change) => (
        <>
          <td className="wide">
            <div className="two">
              <button type="button" className="linklike cut" onClick={() => onChoose(change.id)}>
                {sentenceOfChange(change)}
              </button>
              <small className="mono cut">
                {change.version == null ? change.action : t.version(change.version)}
              </small>
            </div>
          </td>
          <td className="who hide-s">
            <div className="two">
              <span className="cut">{whoOf(change)}</span>
              <small>{change.actor.kind}</small>
            </div>
          </td>
          <td className="right num muted">
            <Time at={change.at} />
          </td>
        </>
      )}
    />
  );
}

/** One of them: what differs. `children`: further facts; `aside`: what can be done with it. */
export function ChangeEntry({
  of: change,
  aside,
  children,
}: {
  of: Change;
  aside?: ReactNode;
  children?: ReactNode;
}) {
  const heading = useId();
  return (
    <section className="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading} className="cut">
          {sentenceOfChange(change)}
        </h2>
        {aside}
      </header>
      <div className="body stack">
        <Diff
          title={t.by(change.action, whoOf(change))}
          before={stateText(change.before)}
          after={stateText(change.after)}
        />
        <dl className="kv">
          <dt>{t.at}</dt>
          <dd>
            <ClockTime at={change.at} />
          </dd>
          {children}
          <dt>{t.entry}</dt>
          <dd>
            <Id of={change.id} />
          </dd>
        </dl>
      </div>
    </section>
  );
}

/** What changed, in words: the fields by their names. */
function sentenceOfChange(change: Change): string {
  const { before, after } = change;
  if (change.version === undefined) return sentenceOfEntry(change);
  if (before === null) return t.made;
  if (after === null) return t.removed;
  const fields = Object.keys(after).join(", ");
  return fields === "" ? t.nothing : t.changed(fields);
}

/** A change of anything in the workspace as a sentence, so with what it is about. */
function sentenceOfEntry({ action, before, after }: Change): string {
  const [kind = "", what = ""] = action.split(".");
  const named = { ...before, ...after };
  const subject = [t.subjects[kind] ?? kind, nameOf(named)].filter((part) => part !== "").join(" ");
  if (what === "status_changed" && typeof after?.status === "string")
    return `${subject} ${t.statusSet(after.status)}`;
  return `${subject} ${t.done[what] ?? t.subjectChanged(Object.keys(after ?? {}).join(", "))}`;
}

/** By what a person knows it; empty where the entry does not say. */
function nameOf({ url, name, type }: Record<string, unknown>): string {
  if (typeof url === "string") return endpointName(url);
  return [name, type].find((one) => typeof one === "string") ?? "";
}

function whoOf({ actor }: Change): string {
  if (actor.kind === "system") return t.service;
  return actor.name ?? (actor.kind === "operator" ? t.operator : (actor.id ?? ""));
}

function stateText(state: Record<string, unknown> | null): string {
  return state === null ? "" : JSON.stringify(state, null, 2);
}
