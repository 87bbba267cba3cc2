import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Icon } from "../button/icon.tsx";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** In words, how to mend it; null = it is well. */
  error?: string | null;
  children(control: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean;
  }): ReactNode;
}

/** A control under its label; an error stands between them and the hint, which stays. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const [errorId, hintId] = [`${id}-error`, `${id}-hint`];
  const described = [error ? errorId : null, hint ? hintId : null].filter((one) => one !== null).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": Boolean(error) })}
      {error && (
        <p className="error" id={errorId} role="alert">
          <Icon of={CircleAlert} />
          {error}
        </p>
      )}
      {hint && <small id={hintId}>{hint}</small>}
    </div>
  );
}
