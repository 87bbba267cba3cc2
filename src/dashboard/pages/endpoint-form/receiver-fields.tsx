import { ChoiceCards } from "../../components/field/choice-cards.tsx";
import { SelectField } from "../../components/field/select-field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import type { DialectOption } from "../../text/endpoint-form.ts";
import { text } from "../../text/text.ts";
import { type FormProps, Section } from "./form-parts.tsx";

const t = text.endpointForm;

/** Where attempts go, and in which form. */
export function ReceiverFields({ draft, problemOf, change, isNew }: FormProps & { isNew: boolean }) {
  return (
    <Section part="receiver">
      <TextField
        isMono
        label={t.url}
        hint={t.urlHint}
        error={problemOf("url")}
        value={draft.url}
        onChange={(url) => change({ url })}
      />
      <TextField
        label={t.description}
        error={problemOf("description")}
        value={draft.description}
        onChange={(description) => change({ description })}
      />
      <ChoiceCards
        legend={t.dialect}
        choices={t.dialects}
        chosen={draft.dialect}
        onChoose={(dialect) => change({ dialect, options: {} })}
      >
        {problemOf("dialect") !== null && <p className="error">{problemOf("dialect")}</p>}
        {!isNew && <small className="hint">{t.dialectFixed}</small>}
      </ChoiceCards>
      {(t.dialectOptions[draft.dialect] ?? []).map((option) => (
        <OptionField
          key={option.name}
          option={option}
          error={problemOf(`dialect_options.${option.name}`)}
          value={draft.options[option.name] ?? ""}
          onChange={(value) => change({ options: withOption(draft.options, option.name, value) })}
        />
      ))}
    </Section>
  );
}

interface OptionFieldProps {
  option: DialectOption;
  error: string | null;
  value: string;
  onChange(value: string): void;
}

/** What the contract leaves open. */
function OptionField({ option, error, value, onChange }: OptionFieldProps) {
  const { label, hint, choices } = option;
  if (choices === undefined)
    return <TextField isMono label={label} hint={hint} error={error} value={value} onChange={onChange} />;
  return (
    <SelectField
      label={label}
      hint={hint}
      error={error}
      value={value || (choices[0] ?? "")}
      options={choices.map((choice) => ({ value: choice, title: choice }))}
      onChange={onChange}
    />
  );
}

/** An empty one is the contract's own. */
function withOption(options: Readonly<Record<string, string>>, name: string, value: string) {
  const { [name]: _, ...others } = options;
  return value === "" ? others : { ...others, [name]: value };
}
