import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Delivery } from "../../../sdk/client/index.ts";
import { type DeliveryFilter, refreshDeliveries } from "../../api/deliveries.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Progress } from "../../components/progress/progress.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { durationText, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { runSweeps, sweepOf } from "./bulk-job.ts";
import { type BulkAction, type BulkResult, isFit, matching, runBulk } from "./bulk-run.ts";

const t = text.deliveries.bulk;

/** So many are named before the rest is only counted. */
const SAMPLE = 5;

interface BulkDialogProps {
  action: BulkAction;
  /** Null = all that the filter finds: they are counted first. */
  selected: readonly Delivery[] | null;
  filter: DeliveryFilter;
  onClose(isDone: boolean): void;
}

/** Count and sample first; then progress, which can be stopped; then the result. */
export function BulkDialog({ action, selected, filter, onClose }: BulkDialogProps) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const found = useFound(selected, filter);
  const fitting = found.rows.filter((row) => isFit(action, row));
  const [ended, setEnded] = useState(0);
  const [startedAt, setStartedAt] = useState<number | null>(null);
  const [result, setResult] = useState<BulkResult | null>(null);
  const stop = useRef(new AbortController());
  const isRunning = startedAt !== null && result === null;

  const run = async () => {
    setStartedAt(performance.now());
    // All that match: the service does it by itself, where it goes by the same filters.
    const sweep = selected === null ? sweepOf(action, filter) : null;
    const ids = [...new Set(fitting.map((row) => row.endpoint_id))];
    const { signal } = stop.current;
    setResult(
      sweep === null
        ? await runBulk(atlas, action, fitting, signal, setEnded)
        : await runSweeps(atlas, sweep, ids, signal, setEnded),
    );
    refreshDeliveries(queries);
  };
  const close = () => {
    stop.current.abort();
    onClose(startedAt !== null);
  };

  return (
    <Dialog
      title={t.titles[action]}
      isChanged={isRunning}
      onClose={close}
      footer={
        result !== null ? (
          <Button kind="primary" onClick={close}>
            {text.actions.close}
          </Button>
        ) : isRunning ? (
          <Button onClick={() => stop.current.abort()}>{t.stop}</Button>
        ) : (
          <>
            <Button onClick={close}>{text.actions.keep}</Button>
            <Button
              kind={action === "cancel" ? "danger solid" : "primary"}
              disabled={fitting.length === 0 || !found.isComplete}
              onClick={run}
            >
              {t.does(action, fitting.length)}
            </Button>
          </>
        )
      }
    >
      {startedAt === null && (
        <>
          <p aria-live="polite">
            {found.error !== null
              ? sentenceOf(found.error)
              : !found.isComplete
                ? t.counting(found.rows.length)
                : fitting.length === 0
                  ? t.nothing
                  : t.fits(fitting.length, found.rows.length)}
          </p>
          <p className="muted">{t.effects[action]}</p>
          {fitting.length > 0 && <Sample rows={fitting.slice(0, SAMPLE)} />}
        </>
      )}
      {isRunning && (
        <Progress done={ended} total={fitting.length} detail={leftText(startedAt, ended, fitting.length)} />
      )}
      {result !== null && (
        <>
          <p role="status">
            <b>{result.isStopped ? t.stopped(result.done) : t.done(result.done, result.failed)}</b>
          </p>
          {result.reason !== null && <p className="muted">{t.firstReason(result.reason)}</p>}
        </>
      )}
    </Dialog>
  );
}

function leftText(startedAt: number, ended: number, total: number): string {
  if (ended === 0) return "";
  const seconds = ((performance.now() - startedAt) / 1000 / ended) * (total - ended);
  return t.duration(durationText(Math.max(1, seconds)));
}

function Sample({ rows }: { rows: readonly Delivery[] }) {
  return (
    <div className="stack close">
      <h3>{t.sample}</h3>
      <ul className="stack close">
        {rows.map(({ id, sequence, event_type }) => (
          <li key={id} className="row">
            <span className="num">{sequenceText(sequence)}</span>
            <span className="mono cut">{event_type}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is selected, or what the filter finds while it is being found. */
function useFound(selected: readonly Delivery[] | null, filter: DeliveryFilter) {
  const atlas = useAtlas();
  const [rows, setRows] = useState<readonly Delivery[]>(selected ?? []);
  const [isComplete, setIsComplete] = useState(selected !== null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (selected !== null) return;
    const stop = new AbortController();
    const count = async () => {
      const found: Delivery[] = [];
      for await (const row of matching(atlas, filter, stop.signal)) {
        found.push(row);
        if (found.length % 200 === 0) setRows([...found]);
      }
      setRows(found);
      setIsComplete(true);
    };
    count().catch((failure: unknown) => {
      if (!stop.signal.aborted) setError(failure);
    });
    return () => stop.abort();
  }, []);
  return { rows, isComplete, error };
}
