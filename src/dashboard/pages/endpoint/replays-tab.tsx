import { Plus } from "lucide-react";
import { useState } from "react";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useReplayJobs } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { Empty, LoadError, Skeleton } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { ReplayDialog } from "../replays/replay-dialog.tsx";
import { ReplayTable } from "../replays/replay-table.tsx";

const t = text.replays;

/** What was sent again to one endpoint. */
export function ReplaysTab({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const atlas = useAtlas();
  const jobs = useReplayJobs(endpoint.id);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Card
      title={t.title}
      aside={
        mayWrite && (
          <Button isSmall icon={Plus} onClick={() => setIsOpen(true)}>
            {t.make}
          </Button>
        )
      }
    >
      {jobs.isPending && <Skeleton lines={4} />}
      {jobs.isError && <LoadError what={t.what} error={jobs.error} retry={() => jobs.refetch()} />}
      {jobs.data?.data.length === 0 && <Empty title={t.emptyTitle}>{t.empty}</Empty>}
      {jobs.data !== undefined && jobs.data.data.length > 0 && (
        <ReplayTable
          rows={jobs.data.data}
          cancel={mayWrite ? (id) => atlas.endpoints.cancelReplay(endpoint.id, id) : undefined}
        />
      )}
      {isOpen && <ReplayDialog draft={{ endpointId: endpoint.id }} onClose={() => setIsOpen(false)} />}
    </Card>
  );
}
