import { Plus } from "lucide-react";
import { useState } from "react";
import { useMayWrite } from "../../api/key.ts";
import { useReplays } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Progress } from "../../components/progress/progress.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { useSearchState } from "../../search/search-state.ts";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { ReplayDialog, type ReplayDraft } from "./replay-dialog.tsx";
import { ReplayTable } from "./replay-table.tsx";

const t = text.replays;

/** Replays over several endpoints: what runs, and what ran. */
export function Replays() {
  const atlas = useAtlas();
  const mayWrite = useMayWrite();
  const replays = useReplays();
  const [state, change] = useSearchState();
  const [isOpen, setIsOpen] = useState(state.new !== undefined);
  const rows = replays.data ?? [];
  const running = rows.filter((one) => one.state === "running");
  const draft: ReplayDraft = {
    ...(state.endpoint !== undefined && { endpointId: state.endpoint }),
    ...((state.new === "dead" || state.new === "missed") && { status: state.new }),
  };
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        {mayWrite && (
          <Button kind="primary" icon={Plus} onClick={() => setIsOpen(true)}>
            {t.make}
          </Button>
        )}
      </PageHead>
      {running.length > 0 && (
        <Card title={t.running}>
          <div className="body stack" aria-live="polite">
            {running.map(({ id, done, total, select }) => (
              <Progress
                key={id}
                done={done}
                total={total}
                detail={t.selected(t.statuses[select.status][0], select.types)}
              />
            ))}
          </div>
        </Card>
      )}
      <ListCard
        title={t.allTitle}
        of={replays}
        what={t.what}
        isEmpty={rows.length === 0}
        empty={{ title: t.emptyTitle, text: t.empty }}
        lines={5}
      >
        <ReplayTable rows={rows} cancel={mayWrite ? (id) => atlas.replays.cancel(id) : undefined} />
      </ListCard>
      {isOpen && (
        <ReplayDialog
          draft={draft}
          onClose={() => {
            setIsOpen(false);
            change({ new: undefined, endpoint: undefined });
          }}
        />
      )}
    </>
  );
}
