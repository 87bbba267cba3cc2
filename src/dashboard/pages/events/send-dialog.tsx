import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refreshDeliveries } from "../../api/deliveries.ts";
import { useEventTypes } from "../../api/event-types.ts";
import { Button } from "../../components/button/button.tsx";
import { jsonTokens } from "../../components/code/json-text.ts";
import { Combobox } from "../../components/combobox/combobox.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Field } from "../../components/field/field.tsx";
import { problemIn } from "../../components/field/problems.ts";
import { TextField } from "../../components/field/text-field.tsx";
import { FailureLine } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.events.dialog;

/** Publishes an event; its data goes as it is typed. */
export function SendDialog({ type: first, onClose }: { type?: string | undefined; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const types = useEventTypes();
  const [type, setType] = useState<string | null>(first ?? null);
  const [typed, setTyped] = useState<string | null>(null);
  const sample = types.data?.find((one) => one.type === type)?.sample;
  const data = typed ?? JSON.stringify(sample ?? {}, null, 2);
  const [isTried, setIsTried] = useState(false);
  const isObject = jsonTokens(data) !== null && data.trim().startsWith("{");
  const send = useMutation({
    mutationFn: () => atlas.events.publishText(`{"type":${JSON.stringify(type)},"data":${data}}`),
    onSuccess: ({ endpoints, event_id }) => {
      toast({
        state: "delivered",
        title: t.sent(endpoints),
        detail: event_id,
        href: `/deliveries?event=${event_id}`,
      });
      void queries.invalidateQueries({ queryKey: ["events"] });
      refreshDeliveries(queries);
      onClose();
    },
  });
  const problemOf = problemIn(send.error);
  return (
    <Dialog
      title={t.title}
      isChanged={typed !== null}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button
            kind="primary"
            isBusy={send.isPending}
            onClick={() => {
              setIsTried(true);
              if (type !== null && isObject) send.mutate();
            }}
          >
            {t.send}
          </Button>
        </>
      }
    >
      <Field
        label={t.type}
        hint={t.typeHint(types.data?.length ?? 0)}
        error={isTried && type === null ? t.needsType : problemOf("type")}
      >
        {(control) => (
          <Combobox
            control={control}
            options={(types.data ?? [])
              .filter((one) => !one.type.startsWith("webhooks."))
              .map((one) => ({ value: one.type, ...(one.category && { aside: one.category }) }))}
            chosen={type === null ? [] : [type]}
            onChange={(chosen) => setType(chosen.at(-1) ?? null)}
            placeholder=""
            removeLabel={text.endpointForm.removeType}
            listLabel={t.type}
          />
        )}
      </Field>
      <TextField
        label={t.data}
        hint={t.dataHint}
        rows={12}
        error={isTried && !isObject ? t.needsObject : problemOf("data")}
        value={data}
        onChange={setTyped}
      />
      <FailureLine of={send.error} hasFields />
    </Dialog>
  );
}
