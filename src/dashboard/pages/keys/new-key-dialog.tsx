import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AtlasError, type NewApiKey } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { NumberField, numberOf } from "../../components/field/number-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useAtlas } from "../../session/session.ts";
import { text } from "../../text/text.ts";

const t = text.keys.dialog;

/** Makes a key, and shows it once. */
export function NewKeyDialog({ onClose }: { onClose(): void }) {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState("reader");
  const [expires, setExpires] = useState("");
  const [rate, setRate] = useState("");
  const perSecond = numberOf(rate);
  const make = useMutation({
    mutationFn: () =>
      atlas.keys.create({
        name: name.trim(),
        role: role as NewApiKey["role"],
        expires_at: expires === "" ? null : new Date(expires).toISOString(),
        rate_limit: perSecond ?? null,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const problems = make.error instanceof AtlasError ? make.error.errors : [];
  const problemOf = (field: string) => problems.find(({ path }) => path === field)?.message ?? null;
  if (make.data !== undefined) {
    return (
      <Dialog
        title={make.data.name}
        isChanged
        onClose={onClose}
        footer={
          <Button kind="primary" onClick={onClose}>
            {t.done}
          </Button>
        }
      >
        <p>{t.made}</p>
        <Id of={make.data.key} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={text.keys.make}
      isChanged={name !== ""}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button
            kind="primary"
            isBusy={make.isPending}
            onClick={() => perSecond !== undefined && make.mutate()}
          >
            {t.make}
          </Button>
        </>
      }
    >
      <TextField label={t.name} hint={t.nameHint} error={problemOf("name")} value={name} onChange={setName} />
      <fieldset className="field">
        <legend>{t.role}</legend>
        <div className="choices">
          {Object.entries(t.roles).map(([value, means]) => (
            <label key={value} className="choice">
              <input type="radio" name="role" checked={role === value} onChange={() => setRole(value)} />
              <span>
                <b>{value}</b>
                <small>{means}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="cols even">
        <TextField
          type="datetime-local"
          label={t.expires}
          hint={t.expiresHint}
          error={problemOf("expires_at")}
          value={expires}
          onChange={setExpires}
        />
        <NumberField
          label={t.rate}
          hint={t.rateHint}
          error={problemOf("rate_limit")}
          value={rate}
          onChange={setRate}
        />
      </div>
      {make.error !== null && problems.length === 0 && (
        <p className="error" role="alert">
          {sentenceOf(make.error)}
        </p>
      )}
    </Dialog>
  );
}
