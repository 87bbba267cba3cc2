import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { NewApiKey } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Id } from "../../components/copy/copy.tsx";
import { Dialog } from "../../components/dialog/dialog.tsx";
import { ChoiceCards } from "../../components/field/choice-cards.tsx";
import { NumberField } from "../../components/field/number-field.tsx";
import { problemIn } from "../../components/field/problems.ts";
import { TextField } from "../../components/field/text-field.tsx";
import { useNumber } from "../../components/field/use-number.ts";
import { FailureLine } from "../../components/states/states.tsx";
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
  const rate = useNumber();
  const make = useMutation({
    mutationFn: () =>
      atlas.keys.create({
        name: name.trim(),
        role: role as NewApiKey["role"],
        expires_at: expires === "" ? null : new Date(expires).toISOString(),
        rate_limit: rate.number ?? null,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const problemOf = problemIn(make.error);
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
            onClick={() => rate.number !== undefined && make.mutate()}
          >
            {t.make}
          </Button>
        </>
      }
    >
      <TextField label={t.name} hint={t.nameHint} error={problemOf("name")} value={name} onChange={setName} />
      <ChoiceCards
        legend={t.role}
        choices={Object.entries(t.roles).map(([value, hint]) => ({ value, title: value, hint }))}
        chosen={role}
        onChoose={setRole}
      />
      <div className="cols even">
        <TextField
          type="datetime-local"
          label={t.expires}
          hint={t.expiresHint}
          error={problemOf("expires_at")}
          value={expires}
          onChange={setExpires}
        />
        <NumberField label={t.rate} hint={t.rateHint} error={problemOf("rate_limit")} {...rate.field} />
      </div>
      <FailureLine of={make.error} hasFields />
    </Dialog>
  );
}
