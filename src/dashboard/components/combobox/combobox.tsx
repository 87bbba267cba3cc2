import { X } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { Icon } from "../button/icon.tsx";
import styles from "./combobox.module.css";

export interface ComboOption {
  value: string;
  /** At the right: what it is among. */
  aside?: string;
}

/** So many options are shown; typing narrows. */
const SHOWN = 60;

interface ComboboxProps {
  /** Attributes of the input, which its label is tied to. */
  control: { id: string; "aria-describedby"?: string | undefined; "aria-invalid"?: boolean };
  options: readonly ComboOption[];
  chosen: readonly string[];
  onChange(chosen: string[]): void;
  placeholder: string;
  removeLabel(value: string): string;
  listLabel: string;
}

/** Some of many: ↓ ↑ move, Enter takes, Backspace in an empty field removes the last one, Esc closes. */
export function Combobox({
  control,
  options,
  chosen,
  onChange,
  placeholder,
  removeLabel,
  listLabel,
}: ComboboxProps) {
  const listId = useId();
  const [typed, setTyped] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(0);
  const found = useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    return options
      .filter(({ value }) => !chosen.includes(value) && value.toLowerCase().includes(wanted))
      .slice(0, SHOWN);
  }, [options, chosen, typed]);

  const take = (value: string) => {
    if (value !== "" && !chosen.includes(value)) onChange([...chosen, value]);
    setTyped("");
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    switch (event.key) {
      case "ArrowDown":
        setIsOpen(true);
        setAt(Math.min(found.length - 1, isOpen ? at + 1 : at));
        break;
      case "ArrowUp":
        setAt(Math.max(0, at - 1));
        break;
      case "Enter":
        take((isOpen ? found[at]?.value : undefined) ?? typed.trim());
        break;
      case "Escape":
        if (!isOpen) return;
        setIsOpen(false);
        break;
      case "Backspace":
        if (typed !== "") return;
        onChange(chosen.slice(0, -1));
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <div className="stack close">
      <div className={styles.combobox}>
        <input
          {...control}
          className="input mono"
          role="combobox"
          aria-expanded={isOpen && found.length > 0}
          aria-controls={listId}
          aria-activedescendant={isOpen && found[at] ? `${listId}-${at}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            setIsOpen(true);
            setAt(0);
          }}
          onFocus={() => setIsOpen(true)}
          onBlur={() => {
            setIsOpen(false);
            take(typed.trim());
          }}
          onKeyDown={onKeyDown}
        />
        <div
          id={listId}
          className={`pop ${styles.list}`}
          role="listbox"
          aria-label={listLabel}
          hidden={!isOpen || found.length === 0}
        >
          {found.map(({ value, aside }, index) => (
            <button
              key={value}
              id={`${listId}-${index}`}
              type="button"
              role="option"
              tabIndex={-1}
              className="option"
              aria-selected={index === at}
              // The field keeps the focus: leaving it would take what was typed.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(value)}
            >
              <Hit in={value} of={typed.trim()} />
              {aside && <span className="faint">{aside}</span>}
            </button>
          ))}
        </div>
      </div>
      {chosen.length > 0 && (
        <div className={styles.chips}>
          {chosen.map((value) => (
            <span key={value} className="chip">
              <b className="mono">{value}</b>
              <button
                type="button"
                aria-label={removeLabel(value)}
                onClick={() => onChange(chosen.filter((one) => one !== value))}
              >
                <Icon of={X} />
              </button>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

/** A text with what was looked for underlined. */
function Hit({ in: text, of: wanted }: { in: string; of: string }) {
  const at = wanted === "" ? -1 : text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at === -1) return <span className="mono cut">{text}</span>;
  return (
    <span className="mono cut">
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </span>
  );
}
