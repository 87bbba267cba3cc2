import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Copy, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Inbox } from "../../../sdk/client/index.ts";
import { Button, ButtonLink, IconButton } from "../../components/button/button.tsx";
import { useCopy } from "../../components/copy/copy.tsx";
import { Glyph } from "../../components/glyph/glyph.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { durationText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { AnswersDialog } from "./answers-dialog.tsx";
import styles from "./inbox.module.css";

const t = text.inbox;

/** Where to send, and what is answered. */
export function InboxCard({ inbox, mayWrite }: { inbox: Inbox; mayWrite: boolean }) {
  const [isCopied, copy] = useCopy();
  const [isChanging, setIsChanging] = useState(false);
  const delay = inbox.answers[0]?.delay ?? 0;
  return (
    <section className="card" aria-label={inbox.url}>
      <div className="body row wrap">
        <code className={`grow cut ${styles.url}`} title={inbox.url}>
          {inbox.url}
        </code>
        <Button icon={isCopied ? Check : Copy} onClick={() => copy(inbox.url)}>
          {isCopied ? text.actions.copied : t.copyUrl}
        </Button>
        {mayWrite && (
          <ButtonLink icon={Plus} href={`/endpoints/new?url=${encodeURIComponent(inbox.url)}`}>
            {t.endpoint}
          </ButtonLink>
        )}
      </div>
      <footer className="row wrap">
        <span>{t.answers}</span>
        <span className="row">
          {inbox.answers.map(({ status }, index) => (
            <span key={index} className="tag tall row">
              <Glyph state={status < 300 ? "delivered" : "dead"} />
              {status}
            </span>
          ))}
        </span>
        <span>
          {t.inTurn(inbox.answers.length)} {delay > 0 && t.after(durationText(delay))}
        </span>
        <span className="grow" />
        {mayWrite && (
          <>
            <Button isSmall onClick={() => setIsChanging(true)}>
              {t.change}
            </Button>
            <Remove id={inbox.id} />
          </>
        )}
      </footer>
      {isChanging && <AnswersDialog inbox={inbox} onClose={() => setIsChanging(false)} />}
    </section>
  );
}

function Remove({ id }: { id: string }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const remove = useMutation({
    mutationFn: () => atlas.inboxes.delete(id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["inboxes"] });
      toast({ state: "disabled", title: t.removed });
      navigate("/inbox");
    },
    onError: (error) => toast({ state: "canceled", title: text.endpoint.notDone, detail: sentenceOf(error) }),
  });
  return <IconButton isSmall icon={Trash2} label={t.remove} onClick={() => remove.mutate()} />;
}
