import { useMutation } from "@tanstack/react-query";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { Field } from "../../components/field/field.tsx";
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
        <Field label={t.contract}>
          {(control) => (
            <select
              {...control}
              className="select"
              value={draft.contract}
              onChange={({ target }) => onChange({ contract: target.value })}
            >
              {CONTRACTS.map(({ name, headers }) => (
                <option key={name} value={name}>
                  {name}: {headers[0]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Lines
          label={t.headers}
          hint={t.headersHint}
          rows={3}
          value={draft.headers}
          onChange={(headers) => {
            const told = draft.headers === "" ? contractIn(headers) : null;
            onChange({ headers, ...(told !== null && { contract: told }) });
          }}
        />
        <Lines
          label={t.body}
          hint={t.bodyHint}
          rows={7}
          value={draft.body}
          onChange={(body) => onChange({ body })}
        />
        <Lines
          label={t.secrets}
          hint={t.secretsHint}
          rows={2}
          value={draft.secrets}
          onChange={(secrets) => onChange({ secrets })}
        />
        <Others draft={draft} onChange={onChange} endpointId={endpointId} />
        <Line
          label={t.computed}
          hint={t.computedHint}
          value={draft.computed}
          onChange={(computed) => onChange({ computed })}
        />
        <Line
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

interface LineProps {
  label: string;
  hint: string;
  error?: string | null;
  value: string;
  onChange(value: string): void;
}

function Line({ label, hint, error, value, onChange }: LineProps) {
  return (
    <Field label={label} hint={hint} error={error ?? null}>
      {(control) => (
        <input
          {...control}
          className="input mono"
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

function Lines({ label, hint, rows, value, onChange }: LineProps & { rows: number }) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          className="input mono"
          rows={rows}
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
