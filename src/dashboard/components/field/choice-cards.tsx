import { type ReactNode, useId } from "react";

interface ChoiceCardsProps<Value extends string> {
  legend: string;
  choices: readonly { value: Value; title: string; hint: string }[];
  chosen: string;
  onChoose(value: Value): void;
  /** What is wrong with the choice, or to be known of it. */
  children?: ReactNode;
}

/** One of a few, each with what it means. */
export function ChoiceCards<Value extends string>({
  legend,
  choices,
  chosen,
  onChoose,
  children,
}: ChoiceCardsProps<Value>) {
  const group = useId();
  return (
    <fieldset className="field">
      <legend>{legend}</legend>
      <div className="choices">
        {choices.map(({ value, title, hint }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name={group}
              value={value}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span>
              <b>{title}</b>
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </div>
      {children}
    </fieldset>
  );
}
