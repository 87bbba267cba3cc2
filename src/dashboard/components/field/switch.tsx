interface SwitchProps {
  title: string;
  hint: string;
  isOn: boolean;
  onChange(isOn: boolean): void;
}

/** On or off; it acts when the form is saved. */
export function Switch({ title, hint, isOn, onChange }: SwitchProps) {
  return (
    <label className="check">
      <input
        className="switch"
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span>
        <b>{title}</b>
        <br />
        <span className="hint">{hint}</span>
      </span>
    </label>
  );
}
