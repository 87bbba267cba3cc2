import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Inbox } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Field } from "../../components/field/field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.inbox.dialog;

/** What an inbox answers: a script of statuses, with one body and delay. */
export function AnswersDialog({ inbox, onClose }: { inbox: Inbox; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [first] = inbox.answers;
  const [statuses, setStatuses] = useState(inbox.answers.map(({ status }) => status).join(", "));
  const [body, setBody] = useState(first?.body ?? "");
  const [delay, setDelay] = useState(String(first?.delay ?? 0));
  const [isTried, setIsTried] = useState(false);
  const read = statusesOf(statuses);
  const save = useMutation({
    mutationFn: () =>
      atlas.inboxes.update(inbox.id, {
        answers: (read ?? []).map((status, index) => ({
          ...{ status, body, delay: Number(delay) },
          headers: inbox.answers[index]?.headers ?? {},
        })),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["inboxes"] });
      onClose();
    },
  });
  return (
    <Dialog
      title={t.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button
            kind="primary"
            isBusy={save.isPending}
            onClick={() => {
              setIsTried(true);
              if (read !== null) save.mutate();
            }}
          >
            {t.save}
          </Button>
        </>
      }
    >
      <Field
        label={t.statuses}
        hint={t.statusesHint}
        error={isTried && read === null ? t.statusesProblem : null}
      >
        {(control) => (
          <input
            {...control}
            className="input mono"
            value={statuses}
            onChange={({ target }) => setStatuses(target.value)}
          />
        )}
      </Field>
      <Field label={t.body}>
        {(control) => (
          <textarea
            {...control}
            className="input mono"
            rows={4}
            spellCheck={false}
            value={body}
            onChange={({ target }) => setBody(target.value)}
          />
        )}
      </Field>
      <Field label={t.delay} hint={t.delayHint} error={save.error && sentenceOf(save.error)}>
        {(control) => (
          <input
            {...control}
            className="input num"
            inputMode="decimal"
            value={delay}
            onChange={({ target }) => setDelay(target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}

/** "500, 500, 200" as numbers; null where one is no status. */
function statusesOf(typed: string): number[] | null {
  const parts = typed.split(/[,\s]+/).filter((part) => part !== "");
  const statuses = parts.map(Number);
  return parts.length > 0 && statuses.every((one) => Number.isInteger(one) && one >= 200 && one <= 599)
    ? statuses
    : null;
}
