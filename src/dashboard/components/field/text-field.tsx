import { Field } from "./field.tsx";

interface TextFieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | null;
  value: string;
  onChange(value: string): void;
  isMono?: boolean;
  type?: "text" | "password" | "datetime-local";
  /** Lines; absent = one. */
  rows?: number;
  placeholder?: string;
}

/** A line, or lines, of text under their label. */
export function TextField({
  label,
  hint,
  error,
  value,
  onChange,
  isMono,
  type = "text",
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
            type={type}
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
