import { useMutation } from "@tanstack/react-query";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { SelectField } from "../../components/field/select-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { useSession } from "../../session/session.ts";
import { CONTRACTS } from "../../signature/contracts.ts";
import { text } from "../../text/text.ts";
import { contractIn, type Draft, timeOf } from "./draft.ts";
import { otherSecrets } from "./from-delivery.ts";

const t = text.signature;

interface EvidenceFormProps {
  draft: Draft;
  onChange(change: Partial<Draft>): void;
  endpointId: string | undefined;
}

/** What the receiver got. Nothing of it is stored or sent. */
export function EvidenceForm({ draft, onChange, endpointId }: EvidenceFormProps) {
  return (
    <Card title={t.got}>
      <div className="body stack">
        <SelectField
          label={t.contract}
          value={draft.contract}
          options={CONTRACTS.map(({ name, headers }) => ({ value: name, title: `${name}: ${headers[0]}` }))}
          onChange={(contract) => onChange({ contract })}
        />
        <TextField
          label={t.headers}
          hint={t.headersHint}
          rows={3}
          value={draft.headers}
          onChange={(headers) => {
            const told = draft.headers === "" ? contractIn(headers) : null;
            onChange({ headers, ...(told !== null && { contract: told }) });
          }}
        />
        <TextField
          label={t.body}
          hint={t.bodyHint}
          rows={7}
          value={draft.body}
          onChange={(body) => onChange({ body })}
        />
        <TextField
          label={t.secrets}
          hint={t.secretsHint}
          rows={2}
          value={draft.secrets}
          onChange={(secrets) => onChange({ secrets })}
        />
        <Others draft={draft} onChange={onChange} endpointId={endpointId} />
        <TextField
          isMono
          label={t.computed}
          hint={t.computedHint}
          value={draft.computed}
          onChange={(computed) => onChange({ computed })}
        />
        <TextField
          isMono
          label={t.clock}
          hint={t.clockHint}
          error={draft.clock.trim() !== "" && timeOf(draft.clock) === null ? t.clockProblem : null}
          value={draft.clock}
          onChange={(clock) => onChange({ clock })}
        />
      </div>
    </Card>
  );
}

function Others({ draft, onChange, endpointId }: EvidenceFormProps) {
  const session = useSession();
  const load = useMutation({
    mutationFn: async () => (session === null ? [] : otherSecrets(session.atlas, endpointId)),
    onSuccess: (others) => onChange({ others }),
  });
  if (session === null) return null;
  if (load.isSuccess) return <p className="hint">{t.othersTried(draft.others.length)}</p>;
  return (
    <div className="row wrap">
      <Button isSmall isBusy={load.isPending} onClick={() => load.mutate()}>
        {t.others}
      </Button>
      {load.error !== null && <span className="error">{sentenceOf(load.error)}</span>}
    </div>
  );
}
