import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { NewReplay } from "../../../sdk/client/index.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { countReplay } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { ChoiceCards } from "../../components/field/choice-cards.tsx";
import { NumberField } from "../../components/field/number-field.tsx";
import { SelectField } from "../../components/field/select-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { useNumber } from "../../components/field/use-number.ts";
import { FailureLine } from "../../components/states/states.tsx";
import { toast } from "../../components/toast/toast.tsx";
import { useAtlas } from "../../session/session.ts";
import { endpointName } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { ReplayPreview } from "./replay-preview.tsx";

const t = text.replays;

type Status = keyof typeof t.statuses;

/** What a replay begins with, as another page hands it over. */
export interface ReplayDraft {
  endpointId?: string;
  status?: Status;
}

/** Chooses what to send again, counts it, then starts it. */
export function ReplayDialog({ draft, onClose }: { draft: ReplayDraft; onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const endpoints = useEndpoints({ limit: 200, status: "enabled" });
  const [status, setStatus] = useState<Status>(draft.status ?? "dead");
  const [endpointId, setEndpointId] = useState(draft.endpointId ?? "");
  const [types, setTypes] = useState("");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const rate = useNumber();
  const selection = selectionOf({ status, endpointId, types, from, to, perSecond: rate.number ?? null });
  const key = JSON.stringify(selection);
  const count = useMutation({ mutationFn: () => countReplay(atlas, selection) });
  const start = useMutation({
    mutationFn: () => atlas.replays.create(selection),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["replays"] });
      toast({ state: "pending", title: t.started, href: "/replays" });
      onClose();
    },
  });
  useEffect(() => count.reset(), [key]);
  const isReadable = rate.number !== undefined;
  const total = count.data?.total ?? null;
  const error = start.error ?? count.error;
  return (
    <Dialog
      title={t.make}
      isChanged={from !== "" || types !== ""}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          {total === null || total === 0 ? (
            <Button kind="primary" isBusy={count.isPending} onClick={() => isReadable && count.mutate()}>
              {t.count}
            </Button>
          ) : (
            <Button kind="primary" isBusy={start.isPending} onClick={() => isReadable && start.mutate()}>
              {t.start(total)}
            </Button>
          )}
        </>
      }
    >
      <ChoiceCards<Status>
        legend={t.status}
        choices={(Object.keys(t.statuses) as Status[]).map((value) => {
          const [title, hint] = t.statuses[value];
          return { value, title, hint };
        })}
        chosen={status}
        onChoose={setStatus}
      />
      <SelectField
        label={t.endpoint}
        value={endpointId}
        options={[
          { value: "", title: t.allEndpoints },
          ...(endpoints.data?.pages.flatMap(({ data }) => data) ?? []).map(({ id, url }) => ({
            value: id,
            title: endpointName(url),
          })),
        ]}
        onChange={setEndpointId}
      />
      <TextField isMono label={t.types} hint={t.typesHint} value={types} onChange={setTypes} />
      <div className="cols even">
        <TextField type="datetime-local" label={t.from} value={from} onChange={setFrom} />
        <TextField type="datetime-local" label={t.to} value={to} onChange={setTo} />
      </div>
      <NumberField label={t.rate} hint={t.rateHint} {...rate.field} />
      <div aria-live="polite">
        {count.isPending && <p className="muted">{t.counting}</p>}
        {count.data !== undefined && <ReplayPreview of={count.data} />}
      </div>
      <FailureLine of={error} />
    </Dialog>
  );
}

interface Chosen {
  status: Status;
  endpointId: string;
  types: string;
  /** Local times, as the fields give them. */
  from: string;
  to: string;
  perSecond: number | null;
}

function selectionOf({ status, endpointId, types, from, to, perSecond }: Chosen): NewReplay {
  const patterns = types.split(/[\s,]+/).filter((pattern) => pattern !== "");
  return {
    status,
    ...(endpointId !== "" && { endpoint_ids: [endpointId] }),
    ...(patterns.length > 0 && { types: patterns }),
    ...(from !== "" && { from: new Date(from).toISOString() }),
    ...(to !== "" && { to: new Date(to).toISOString() }),
    ...(perSecond !== null && { rate_per_second: perSecond }),
  };
}
