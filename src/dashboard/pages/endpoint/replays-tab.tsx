import { Plus } from "lucide-react";
import { useState } from "react";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useReplayJobs } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { List } from "../../components/table/list-card.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { ReplayDialog } from "../replays/replay-dialog.tsx";
import { ReplayTable } from "../replays/replay-table.tsx";

const t = text.replays;

/** What was sent again to one endpoint. */
export function ReplaysTab({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const atlas = useAtlas();
  const jobs = useReplayJobs(endpoint.id);
  const rows = jobs.data?.data ?? [];
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
      <List
        of={jobs}
        what={t.what}
        isEmpty={rows.length === 0}
        empty={{ title: t.emptyTitle, text: t.empty }}
        lines={4}
      >
        <ReplayTable
          rows={rows}
          cancel={mayWrite ? (id) => atlas.endpoints.cancelReplay(endpoint.id, id) : undefined}
        />
      </List>
      {isOpen && <ReplayDialog draft={{ endpointId: endpoint.id }} onClose={() => setIsOpen(false)} />}
    </Card>
  );
}
