import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { optionsOf, SelectField } from "../../components/field/select-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";
import { pairsOf } from "../endpoint-form/draft.ts";

const t = text.keys.portal;

/** Makes a link that opens the dashboard to a customer. */
export function PortalDialog({ onClose }: { onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [seconds, setSeconds] = useState("3600");
  const [metadata, setMetadata] = useState("");
  const [isReadOnly, setIsReadOnly] = useState(false);
  const make = useMutation({
    mutationFn: () => {
      const pairs = pairsOf(metadata, "=");
      return atlas.portalSessions.create({
        expires_in: Number(seconds),
        read_only: isReadOnly,
        ...(Object.keys(pairs).length > 0 && { metadata: pairs }),
      });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <Dialog
      title={t.title}
      isChanged={make.data !== undefined || metadata !== ""}
      onClose={onClose}
      footer={
        make.data === undefined ? (
          <>
            <Button onClick={onClose}>{text.actions.cancel}</Button>
            <Button kind="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
              {t.make}
            </Button>
          </>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {text.keys.dialog.done}
          </Button>
        )
      }
    >
      {make.data !== undefined ? (
        <>
          <p>{t.made}</p>
          <Id of={make.data.url} />
        </>
      ) : (
        <>
          <p className="muted">{t.means}</p>
          <SelectField
            label={t.lasts}
            value={seconds}
            options={optionsOf(t.lifetimes)}
            onChange={setSeconds}
          />
          <TextField
            label={t.metadata}
            hint={t.metadataHint}
            error={make.error && sentenceOf(make.error)}
            rows={2}
            value={metadata}
            onChange={setMetadata}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={isReadOnly}
              onChange={({ target }) => setIsReadOnly(target.checked)}
            />
            <span>
              <b>{t.readOnly}</b>
              <br />
              <span className="hint">{t.readOnlyHint}</span>
            </span>
          </label>
        </>
      )}
    </Dialog>
  );
}
