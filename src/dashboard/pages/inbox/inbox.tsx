import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useLocation, useParams } from "wouter";
import { useInboxes } from "../../api/inboxes.ts";
import { useMayWrite } from "../../api/key.ts";
import { Button } from "../../components/button/button.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Empty, LoadError, Skeleton, sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { InboxCard } from "./inbox-card.tsx";
import { InboxRequests } from "./inbox-requests.tsx";

const t = text.inbox;

/** A receiver of the service itself: its URL, what it answers, what arrived. */
export function InboxPage() {
  const { id } = useParams<{ id?: string }>();
  const inboxes = useInboxes();
  const mayWrite = useMayWrite();
  const [, navigate] = useLocation();
  const make = useMakeInbox((made) => navigate(`/inbox/${made}`));
  const rows = inboxes.data ?? [];
  const shown = rows.find((one) => one.id === id) ?? rows[0];
  const makeButton = mayWrite && (
    <Button
      kind={shown === undefined ? "primary" : undefined}
      icon={Plus}
      isBusy={make.isPending}
      onClick={() => make.mutate()}
    >
      {t.make}
    </Button>
  );
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        {rows.length > 1 && (
          <select
            className="select"
            aria-label={t.choose}
            value={shown?.id}
            onChange={({ target }) => navigate(`/inbox/${target.value}`)}
          >
            {rows.map((one, index) => (
              <option key={one.id} value={one.id}>
                {t.named(one.name, rows.length - index)}
              </option>
            ))}
          </select>
        )}
        {shown !== undefined && makeButton}
      </PageHead>
      {shown === undefined ? (
        <div className="card">
          {inboxes.isPending && <Skeleton lines={4} />}
          {inboxes.isError && (
            <LoadError what={t.what} error={inboxes.error} retry={() => inboxes.refetch()} />
          )}
          {inboxes.isSuccess && (
            <Empty title={t.emptyTitle} actions={makeButton}>
              {t.empty}
            </Empty>
          )}
        </div>
      ) : (
        <>
          <InboxCard key={shown.id} inbox={shown} mayWrite={mayWrite} />
          <InboxRequests key={`${shown.id} requests`} inbox={shown} />
        </>
      )}
    </>
  );
}

/** Makes an inbox; tells its id. */
export function useMakeInbox(onMade: (id: string, url: string) => void) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => atlas.inboxes.create(),
    onSuccess: async ({ id, url }) => {
      await queries.invalidateQueries({ queryKey: ["inboxes"] });
      onMade(id, url);
    },
    onError: (error) => toast({ state: "canceled", title: text.endpoint.notDone, detail: sentenceOf(error) }),
  });
}
