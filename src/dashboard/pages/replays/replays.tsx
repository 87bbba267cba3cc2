import { Plus } from "lucide-react";
import { useState } from "react";
import { useMayWrite } from "../../api/key.ts";
import { useReplays } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Progress } from "../../components/progress/progress.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
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
  const running = replays.data?.filter((one) => one.state === "running") ?? [];
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
      <section className="card" aria-label={t.allTitle}>
        {replays.isPending && <Skeleton lines={5} />}
        {replays.isError && <LoadError what={t.what} error={replays.error} retry={() => replays.refetch()} />}
        {replays.data?.length === 0 && <Empty title={t.emptyTitle}>{t.empty}</Empty>}
        {replays.data !== undefined && replays.data.length > 0 && (
          <ReplayTable rows={replays.data} cancel={mayWrite ? (id) => atlas.replays.cancel(id) : undefined} />
        )}
      </section>
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
