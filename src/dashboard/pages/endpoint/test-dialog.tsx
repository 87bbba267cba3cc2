import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Field } from "../../components/field/field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { Outcome, Response } from "../delivery/attempt-card.tsx";

const t = text.endpoint.test;

/** Sends a sample at once, and shows the answer. */
export function TestDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose(): void }) {
  const atlas = useAtlas();
  const plain = endpoint.types.find((type) => !type.includes("*")) ?? "";
  const [type, setType] = useState(plain);
  const send = useMutation({
    mutationFn: () => atlas.endpoints.test(endpoint.id, type.trim() === "" ? {} : { type: type.trim() }),
  });
  return (
    <Dialog
      isWide
      title={t.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.close}</Button>
          <Button kind="primary" isBusy={send.isPending} onClick={() => send.mutate()}>
            {send.isSuccess ? t.again : t.send}
          </Button>
        </>
      }
    >
      <p className="muted">{t.means}</p>
      <Field label={t.type} hint={t.typeHint} error={send.error && sentenceOf(send.error)}>
        {(control) => (
          <input
            {...control}
            className="input mono"
            spellCheck={false}
            value={type}
            onChange={({ target }) => setType(target.value)}
          />
        )}
      </Field>
      {send.data !== undefined && (
        <section className="stack" aria-label={t.answer} aria-live="polite">
          <Outcome attempt={send.data} />
          <Response attempt={send.data} />
        </section>
      )}
    </Dialog>
  );
}
