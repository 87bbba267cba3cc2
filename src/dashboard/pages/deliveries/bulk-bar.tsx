import { Ban, Repeat, RotateCw, X } from "lucide-react";
import { useState } from "react";
import type { Delivery } from "../../../sdk/client/index.ts";
import type { DeliveryFilter } from "../../api/deliveries.ts";
import { useMayWrite } from "../../api/key.ts";
import { Button, IconButton } from "../../components/button/button.tsx";
import { text } from "../../text/text.ts";
import { BulkDialog } from "./bulk-dialog.tsx";
import { replayOf } from "./bulk-job.ts";
import { BulkReplayDialog } from "./bulk-replay-dialog.tsx";
import type { BulkAction } from "./bulk-run.ts";

const t = text.deliveries;

/** What can be done with what is selected; each first counts, none acts at once. */
export function BulkBar({
  selected,
  filter,
  onClear,
}: {
  selected: readonly Delivery[];
  filter: DeliveryFilter;
  onClear(): void;
}) {
  const [isAll, setIsAll] = useState(false);
  const [action, setAction] = useState<BulkAction | null>(null);
  const mayWrite = useMayWrite();
  const replay = isAll && action === "replay" ? replayOf(filter) : null;
  const close = (isDone: boolean) => {
    setAction(null);
    if (isDone) onClear();
  };
  return (
    <div className="bulk" role="region" aria-label={t.selection}>
      <b className="num">{isAll ? t.allSelected : t.selected(selected.length)}</b>
      {!isAll && (
        <Button kind="quiet" isSmall onClick={() => setIsAll(true)}>
          {t.selectMatching}
        </Button>
      )}
      {mayWrite && (
        <>
          <Button isSmall icon={RotateCw} onClick={() => setAction("retry")}>
            {text.actions.retry}
          </Button>
          <Button isSmall icon={Repeat} onClick={() => setAction("replay")}>
            {text.actions.replay}
          </Button>
          <Button isSmall icon={Ban} onClick={() => setAction("cancel")}>
            {text.actions.cancel}
          </Button>
        </>
      )}
      <IconButton isSmall icon={X} label={t.clearSelection} onClick={onClear} />
      {action !== null &&
        (replay !== null ? (
          <BulkReplayDialog selection={replay} onClose={close} />
        ) : (
          <BulkDialog action={action} selected={isAll ? null : selected} filter={filter} onClose={close} />
        ))}
    </div>
  );
}
