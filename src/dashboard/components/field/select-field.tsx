import { Field } from "./field.tsx";

interface SelectFieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | null;
  value: string;
  options: readonly { value: string; title: string }[];
  onChange(value: string): void;
}

/** One of several, in words, under their label. */
export function SelectField({ label, hint, error, value, options, onChange }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error ?? null}>
      {(control) => (
        <select
          {...control}
          className="select"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        >
          {options.map(({ value: one, title }) => (
            <option key={one} value={one}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The options that a table of titles by values gives. */
export function optionsOf(titles: Readonly<Record<string, string>>) {
  return Object.entries(titles).map(([value, title]) => ({ value, title }));
}
