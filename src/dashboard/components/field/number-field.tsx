import { useState } from "react";
import { text } from "../../text/text.ts";
import { Field } from "./field.tsx";

/** What stands in a field for a number: null = nothing, undefined = no number. */
export function numberOf(typed: string): number | null | undefined {
  if (typed.trim() === "") return null;
  const number = Number(typed.trim().replace(",", "."));
  return Number.isFinite(number) ? number : undefined;
}

interface NumberFieldProps {
  label: string;
  hint: string;
  /** What the service says of it. */
  error?: string | null;
  value: string;
  onChange(value: string): void;
}

/** A number. What is none is said on leaving it, and from then on with each key. */
export function NumberField({ label, hint, error, value, onChange }: NumberFieldProps) {
  const [wasLeft, setWasLeft] = useState(false);
  const isWrong = wasLeft && numberOf(value) === undefined;
  return (
    <Field label={label} hint={hint} error={isWrong ? text.actions.noNumber : (error ?? null)}>
      {(control) => (
        <input
          {...control}
          className="input num"
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onBlur={() => setWasLeft(true)}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
