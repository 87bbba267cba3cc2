import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { NewReplay, Replay } from "../../../sdk/client/index.ts";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { useFollowedReplay, useReplayCount } from "../../api/replays.ts";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { NumberField } from "../../components/field/number-field.tsx";
import { useNumber } from "../../components/field/use-number.ts";
import { Progress } from "../../components/progress/progress.tsx";
import { FailureLine, LoadError } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { ReplayPreview } from "../replays/replay-preview.tsx";

const t = text.deliveries.bulk;

interface BulkReplayDialogProps {
  selection: NewReplay;
  onClose(isDone: boolean): void;
}

/** All that match, by a replay of the service's own: count, sample and rate first, then progress, which can be canceled. */
export function BulkReplayDialog({ selection, onClose }: BulkReplayDialogProps) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const rate = useNumber();
  const [running, setRunning] = useState<Replay | null>(null);
  const count = useReplayCount(selection);
  const run = useFollowedReplay(setRunning);
  const cancel = useMutation({ mutationFn: (id: string) => atlas.replays.cancel(id) });
  const total = count.data?.total ?? 0;
  const close = () => {
    if (running !== null) {
      refreshDeliveries(queries);
      void queries.invalidateQueries({ queryKey: ["replays"] });
    }
    onClose(running !== null);
  };
  const start = () => {
    const { number: perSecond } = rate;
    if (perSecond !== undefined)
      run.mutate({ ...selection, ...(perSecond !== null && { rate_per_second: perSecond }) });
  };
  return (
    <Dialog
      title={t.titles.replay}
      isChanged={running?.state === "running"}
      onClose={close}
      footer={
        running === null ? (
          <>
            <Button onClick={close}>{text.actions.keep}</Button>
            <Button kind="primary" disabled={total === 0} isBusy={run.isPending} onClick={start}>
              {t.does("replay", total)}
            </Button>
          </>
        ) : running.state === "running" ? (
          <Button isBusy={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate(running.id)}>
            {text.replays.cancel}
          </Button>
        ) : (
          <>
            <ButtonLink href="/replays">{text.replays.allTitle}</ButtonLink>
            <Button kind="primary" onClick={close}>
              {text.actions.close}
            </Button>
          </>
        )
      }
    >
      {running === null ? (
        <>
          <div aria-live="polite">
            {count.isPending && <p>{text.replays.counting}</p>}
            {count.isError && (
              <LoadError what={text.replays.what} error={count.error} retry={() => count.refetch()} />
            )}
            {count.data !== undefined && <ReplayPreview of={count.data} />}
          </div>
          <p className="muted">{t.effects.replay}</p>
          <NumberField label={text.replays.rate} hint={text.replays.rateHint} {...rate.field} />
        </>
      ) : running.state === "running" ? (
        <>
          <Progress done={running.done} total={Math.max(total, running.total)} />
          <p className="muted">{t.goesOn}</p>
        </>
      ) : (
        <p role="status">
          <b>{running.state === "canceled" ? t.stopped(running.done) : t.done(running.done, 0)}</b>
        </p>
      )}
      <FailureLine of={run.error} />
    </Dialog>
  );
}
