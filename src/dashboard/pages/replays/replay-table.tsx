import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Replay, ReplayJob } from "../../../sdk/client/index.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button } from "../../components/button/button.tsx";
import type { State } from "../../components/glyph/glyph.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { silentColumn, Table } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { text } from "../../text/text.ts";

const t = text.replays;

const STATES: Readonly<Record<ReplayJob["state"], State>> = {
  running: "pending",
  done: "delivered",
  canceled: "canceled",
  failed: "dead",
};

const ENDPOINTS = { title: t.columns.endpoints, className: "right hide-m" };

const COLUMNS = [
  { title: t.columns.state },
  { title: t.columns.done, className: "right" },
  { title: t.columns.rate, className: "right hide-s" },
  { title: t.columns.started, className: "right hide-m" },
  silentColumn(text.endpoints.columns.actions),
];

/** Replays, newest first, each with what it takes and how far it is. */
export function ReplayTable({
  rows,
  cancel,
}: {
  rows: readonly (Replay | ReplayJob)[];
  /** Absent = this key may not. */
  cancel?: ((id: string) => Promise<void>) | undefined;
}) {
  // Where all are one endpoint's there is nothing to tell apart.
  const hasEndpoints = rows.some((row) => "endpoints" in row);
  return (
    <Table columns={[{ title: t.columns.what }, ...(hasEndpoints ? [ENDPOINTS] : []), ...COLUMNS]}>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="wide">
              <div className="two">
                <span className="cut strong">
                  {t.selected(t.statuses[row.select.status][0], row.select.types)}
                </span>
                <small className="mono cut">{row.id}</small>
              </div>
            </td>
            {"endpoints" in row && (
              <td className="right num muted hide-m">{t.ofEndpoints(row.endpoints, row.failed)}</td>
            )}
            <td>
              <Badge state={STATES[row.state]}>{t.states[row.state]}</Badge>
            </td>
            <td className="right num">{t.doneOf(row.done, row.total)}</td>
            <td className="right num muted hide-s">
              {row.select.rate_per_second === undefined ? "–" : t.perSecond(row.select.rate_per_second)}
            </td>
            <td className="right num muted hide-m">
              <Time at={row.created_at} />
            </td>
            <td className="right">
              {row.state === "running" && cancel !== undefined && <Cancel id={row.id} cancel={cancel} />}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Cancel({ id, cancel }: { id: string; cancel(id: string): Promise<void> }) {
  const queries = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  const act = useMutation({
    mutationFn: () => cancel(id),
    onSuccess: () => toast({ state: "canceled", title: t.canceled }),
    onError: (error) => toast({ state: "canceled", title: text.endpoint.notDone, detail: sentenceOf(error) }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["replays"] }),
  });
  return (
    <Button
      isSmall
      isBusy={act.isPending || isAsked}
      onClick={() => {
        setIsAsked(true);
        act.mutate();
      }}
    >
      {t.cancel}
    </Button>
  );
}
