import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { NewReplay } from "../../../sdk/client/index.ts";
import { useEndpoints } from "../../api/endpoints.ts";
import { countReplay } from "../../api/replays.ts";
import { Button } from "../../components/button/button.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { Field } from "../../components/field/field.tsx";
import { NumberField, numberOf } from "../../components/field/number-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
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
  const [rate, setRate] = useState("");
  const selection = selectionOf({ status, endpointId, types, from, to, rate });
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
  const isReadable = numberOf(rate) !== undefined;
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
      <fieldset className="field">
        <legend>{t.status}</legend>
        <div className="choices">
          {(Object.keys(t.statuses) as Status[]).map((name) => (
            <label key={name} className="choice">
              <input
                type="radio"
                name="replay-status"
                checked={status === name}
                onChange={() => setStatus(name)}
              />
              <span>
                <b>{t.statuses[name][0]}</b>
                <small>{t.statuses[name][1]}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field label={t.endpoint}>
        {(control) => (
          <select
            {...control}
            className="select"
            value={endpointId}
            onChange={({ target }) => setEndpointId(target.value)}
          >
            <option value="">{t.allEndpoints}</option>
            {endpoints.data?.pages
              .flatMap(({ data }) => data)
              .map(({ id, url }) => (
                <option key={id} value={id}>
                  {endpointName(url)}
                </option>
              ))}
          </select>
        )}
      </Field>
      <TextField isMono label={t.types} hint={t.typesHint} value={types} onChange={setTypes} />
      <div className="cols even">
        <TextField type="datetime-local" label={t.from} value={from} onChange={setFrom} />
        <TextField type="datetime-local" label={t.to} value={to} onChange={setTo} />
      </div>
      <NumberField label={t.rate} hint={t.rateHint} value={rate} onChange={setRate} />
      <div aria-live="polite">
        {count.isPending && <p className="muted">{t.counting}</p>}
        {count.data !== undefined && <ReplayPreview of={count.data} />}
      </div>
      {error !== null && (
        <p className="error" role="alert">
          {sentenceOf(error)}
        </p>
      )}
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
  rate: string;
}

function selectionOf({ status, endpointId, types, from, to, rate }: Chosen): NewReplay {
  const perSecond = numberOf(rate);
  const patterns = types.split(/[\s,]+/).filter((pattern) => pattern !== "");
  return {
    status,
    ...(endpointId !== "" && { endpoint_ids: [endpointId] }),
    ...(patterns.length > 0 && { types: patterns }),
    ...(from !== "" && { from: new Date(from).toISOString() }),
    ...(to !== "" && { to: new Date(to).toISOString() }),
    ...(perSecond != null && { rate_per_second: perSecond }),
  };
}
