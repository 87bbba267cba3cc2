import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link as LinkIcon, Plus } from "lucide-react";
import { useState } from "react";
import type { ApiKey } from "../../../sdk/client/index.ts";
import { useCurrentKey } from "../../api/key.ts";
import { useKeyList } from "../../api/workspace.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { FailureLine } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { silentColumn, Table } from "../../components/table/table.tsx";
import { Time } from "../../components/time/time.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { NewKeyDialog } from "./new-key-dialog.tsx";
import { PortalDialog } from "./portal-dialog.tsx";

const t = text.keys;

const COLUMNS = [
  { title: t.columns.name },
  { title: t.columns.role },
  { title: t.columns.expires, className: "hide-s" },
  { title: t.columns.rate, className: "right hide-m" },
  { title: t.columns.used, className: "right hide-s" },
  silentColumn(t.columns.actions),
];

/** Who may do what, what expires, and what is used. */
export function Keys() {
  const keys = useKeyList();
  const rows = keys.data ?? [];
  const current = useCurrentKey();
  const [open, setOpen] = useState<"key" | "portal" | ApiKey | null>(null);
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        <Button icon={LinkIcon} onClick={() => setOpen("portal")}>
          {t.portalLink}
        </Button>
        <Button kind="primary" icon={Plus} onClick={() => setOpen("key")}>
          {t.make}
        </Button>
      </PageHead>
      <ListCard
        title={t.title}
        of={keys}
        what={t.what}
        isEmpty={rows.length === 0}
        empty={{ title: t.emptyTitle, text: t.empty }}
        lines={6}
      >
        <Table columns={COLUMNS}>
          <tbody>
            {rows.map((key) => (
              <KeyRow
                key={key.id}
                of={key}
                isCurrent={key.id === current.data?.id}
                onRevoke={() => setOpen(key)}
              />
            ))}
          </tbody>
        </Table>
      </ListCard>
      {open === "key" && <NewKeyDialog onClose={() => setOpen(null)} />}
      {open === "portal" && <PortalDialog onClose={() => setOpen(null)} />}
      {open !== null && typeof open === "object" && <RevokeDialog of={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function KeyRow({ of: key, isCurrent, onRevoke }: { of: ApiKey; isCurrent: boolean; onRevoke(): void }) {
  return (
    <tr>
      <td className="wide cut">
        <b>{key.name}</b> {isCurrent && <span className="tag">{t.thisSession}</span>}
      </td>
      <td className="muted">{key.role}</td>
      <td className="num hide-s muted">{key.expires_at === null ? t.never : <Time at={key.expires_at} />}</td>
      <td className="num right muted hide-m">
        {key.rate_limit === null ? t.none : t.perSecond(key.rate_limit)}
      </td>
      <td className="right num muted hide-s">
        {key.last_used_at === null ? t.never : <Time at={key.last_used_at} />}
      </td>
      <td className="right">
        <Button isSmall kind="danger" aria-label={t.revokeOf(key.name)} onClick={onRevoke}>
          {t.revoke}
        </Button>
      </td>
    </tr>
  );
}

function RevokeDialog({ of: key, onClose }: { of: ApiKey; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => atlas.keys.revoke(key.id),
    onSuccess: () => {
      toast({ state: "disabled", title: t.revoked(key.name) });
      void queries.invalidateQueries({ queryKey: ["keys"] });
      onClose();
    },
  });
  return (
    <Dialog
      title={t.revokeTitle(key.name)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.keep}</Button>
          <Button kind="danger solid" isBusy={revoke.isPending} onClick={() => revoke.mutate()}>
            {t.revoke}
          </Button>
        </>
      }
    >
      <p>{t.revokeMeans}</p>
      <FailureLine of={revoke.error} />
    </Dialog>
  );
}
