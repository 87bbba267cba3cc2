import type { ReactNode } from "react";
import { Field } from "../../components/field/field.tsx";
import { text } from "../../text/text.ts";
import type { Draft } from "./draft.ts";
import styles from "./form.module.css";

const t = text.endpointForm;

export interface FormProps {
  draft: Draft;
  /** What is wrong with a field of the API, in words; null = nothing. */
  problemOf(field: string): string | null;
  change(changed: Partial<Draft>): void;
}

/** Fields that belong together, under what they are for. */
export function Section({ part, children }: { part: keyof typeof t.sections; children: ReactNode }) {
  const [title, lead] = t.sections[part];
  return (
    <section className={styles.formSection}>
      <div>
        <h2>{title}</h2>
        <p>{lead}</p>
      </div>
      <div className="stack">{children}</div>
    </section>
  );
}

interface TextFieldProps {
  label: string;
  hint?: string;
  error?: string | null;
  value: string;
  onChange(value: string): void;
  isMono?: boolean;
  isSecret?: boolean;
  rows?: number;
  placeholder?: string;
}

/** A line, or lines, of text. */
export function TextField({
  label,
  hint,
  error,
  value,
  onChange,
  isMono,
  isSecret,
  rows,
  placeholder,
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error ?? null}>
      {(control) =>
        rows === undefined ? (
          <input
            {...control}
            className={isMono ? "input mono" : "input"}
            type={isSecret ? "password" : "text"}
            autoComplete="off"
            spellCheck={!isMono}
            placeholder={placeholder}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        ) : (
          <textarea
            {...control}
            className="input mono"
            rows={rows}
            spellCheck={false}
            placeholder={placeholder}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }
    </Field>
  );
}
