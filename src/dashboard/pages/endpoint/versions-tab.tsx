import { useMutation, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";
import type { Endpoint, EndpointVersion } from "../../../sdk/client/index.ts";
import { useVersion, useVersions } from "../../api/endpoints.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Diff } from "../../components/diff/diff.tsx";
import { FailureLine, LoadError, Skeleton } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { ChangeEntry, ChangeTable } from "../audit/changes.tsx";

const t = text.versions;

/** How an endpoint came to be what it is: each version with what differs, and a way back to it. */
export function VersionsTab({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const versions = useVersions(endpoint.id);
  const rows = versions.data?.pages.flatMap(({ data }) => data) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [isRestoring, setIsRestoring] = useState(false);
  const shown = rows.find(({ id }) => id === chosen) ?? rows[0];
  return (
    <div className="cols split">
      <ListCard
        title={t.title}
        of={versions}
        what={t.what}
        isEmpty={rows.length === 0}
        empty={{ title: t.emptyTitle, text: t.empty }}
        lines={6}
      >
        <ChangeTable rows={rows} chosen={shown?.id} onChoose={setChosen} />
      </ListCard>
      {shown !== undefined && (
        <ChangeEntry
          of={shown}
          aside={
            mayWrite &&
            shown !== rows[0] && (
              <Button isSmall icon={History} onClick={() => setIsRestoring(true)}>
                {t.restore}
              </Button>
            )
          }
        />
      )}
      {isRestoring && shown !== undefined && (
        <RestoreDialog endpoint={endpoint} version={shown} onClose={() => setIsRestoring(false)} />
      )}
    </div>
  );
}

/** What restoring leaves as it is. */
const STAYS: ReadonlySet<string> = new Set([
  ...["id", "status", "status_reason", "health", "created_at", "updated_at", "version"],
]);

function RestoreDialog({
  endpoint,
  version,
  onClose,
}: {
  endpoint: Endpoint;
  version: EndpointVersion;
  onClose(): void;
}) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const name = version.version ?? version.id;
  const then = useVersion(endpoint.id, name);
  const restore = useMutation({
    mutationFn: () => atlas.endpoints.restore(endpoint.id, name),
    onSuccess: ({ kept }) => {
      toast({ state: "enabled", title: t.restored, detail: kept.length > 0 ? t.kept(kept) : undefined });
      for (const key of ["endpoint", "endpoints"]) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Dialog
      isWide
      title={t.restoreTitle(name)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.keep}</Button>
          <Button
            kind="primary"
            isBusy={restore.isPending}
            disabled={!then.isSuccess}
            onClick={() => restore.mutate()}
          >
            {t.restore}
          </Button>
        </>
      }
    >
      <p className="muted">{t.restoreMeans}</p>
      {then.isPending && <Skeleton lines={5} />}
      {then.isError && <LoadError what={t.what} error={then.error} retry={() => then.refetch()} />}
      {then.data !== undefined && <Diff title={t.diff} {...stateTexts(endpoint, then.data.endpoint)} />}
      <FailureLine of={restore.error} />
    </Dialog>
  );
}

/** The fields that differ, as they are and as they were. */
function stateTexts(now: object, then: object): { before: string; after: string } {
  const current = new Map(Object.entries(now));
  const differing = Object.entries(then).filter(
    ([field, value]) => !STAYS.has(field) && JSON.stringify(value) !== JSON.stringify(current.get(field)),
  );
  const text = (pairs: [string, unknown][]) => JSON.stringify(Object.fromEntries(pairs), null, 2);
  return { before: text(differing.map(([field]) => [field, current.get(field)])), after: text(differing) };
}
