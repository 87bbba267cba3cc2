import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Field } from "../../components/field/field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { hostOf } from "../../text/format.ts";
import { text } from "../../text/text.ts";

const t = text.endpoint;

/** Deletes an endpoint, once its host is typed. */
export function DeleteDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState("");
  const host = hostOf(endpoint.url);
  const remove = useMutation({
    mutationFn: () => atlas.endpoints.delete(endpoint.id),
    onSuccess: () => {
      navigate("/endpoints", { replace: true });
      queries.removeQueries({ queryKey: ["endpoint", endpoint.id] });
      void queries.invalidateQueries({ queryKey: ["endpoints"] });
      toast({ state: "disabled", title: t.deleted, detail: host });
    },
  });
  return (
    <Dialog
      title={t.deleteTitle}
      isChanged={typed !== ""}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.keep}</Button>
          <Button
            kind="danger solid"
            disabled={typed.trim() !== host}
            isBusy={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {t.deleteButton}
          </Button>
        </>
      }
    >
      <p>{t.deleteMeans}</p>
      <Field label={t.deleteType(host)} error={remove.error && sentenceOf(remove.error)}>
        {(control) => (
          <input
            {...control}
            className="input mono"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
