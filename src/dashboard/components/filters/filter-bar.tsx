import { ArrowLeft, Plus, Search, X } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { SearchState } from "../../search/search-state.ts";
import { useKeys } from "../../shell/keys.ts";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";
import { Icon } from "../button/icon.tsx";
import { moveByArrows } from "../menu/move-by-arrows.ts";

export interface FilterKind {
  /** Its name in the address. */
  name: string;
  title: string;
  /** What it can be; absent = any text. */
  options?: readonly { value: string; title: string }[];
  hint?: string;
  /** What is wrong with a text; null = nothing. */
  problem?(value: string): string | null;
}

interface FilterBarProps {
  kinds: readonly FilterKind[];
  state: SearchState;
  onChange(change: Record<string, string | undefined>): void;
  /** Before the chips, as a search field. */
  children?: ReactNode;
  /** After them. */
  aside?: ReactNode;
}

/** Filters as chips: name, value, remove; the chip's text opens its editor. f adds one. */
export function FilterBar({ kinds, state, onChange, children, aside }: FilterBarProps) {
  const id = useId();
  const pop = useRef<HTMLDivElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const [edited, setEdited] = useState<string | null>(null);
  const active = kinds.filter(({ name }) => state[name] !== undefined);
  const kind = kinds.find(({ name }) => name === edited);
  useKeys({
    f: () => {
      setEdited(null);
      add.current?.scrollIntoView({ block: "nearest" });
      add.current?.click();
    },
  });
  // The keyboard goes on within it, past the way back.
  const focusFirst = () => pop.current?.querySelector<HTMLElement>(".option:not(.faint), input")?.focus();
  useEffect(() => {
    if (pop.current?.matches(":popover-open")) focusFirst();
  }, [edited]);
  const set = (name: string, value: string | undefined) => {
    pop.current?.hidePopover();
    onChange({ [name]: value });
  };
  return (
    <search className="filters" aria-label={text.filters.label}>
      {children}
      {active.map((one) => {
        const value = titleOf(one, state[one.name] ?? "");
        return (
          <div className="chip" key={one.name}>
            <span>{one.title}</span>
            <button
              type="button"
              className="chip-value"
              popoverTarget={id}
              aria-label={text.filters.change(one.title, value)}
              onClick={() => setEdited(one.name)}
            >
              {value}
            </button>
            <button
              type="button"
              aria-label={text.filters.remove(one.title, value)}
              onClick={() => onChange({ [one.name]: undefined })}
            >
              <Icon of={X} />
            </button>
          </div>
        );
      })}
      <button
        ref={add}
        className="chip add"
        type="button"
        popoverTarget={id}
        aria-haspopup="dialog"
        onClick={() => setEdited(null)}
      >
        <Icon of={Plus} />
        {text.filters.add}
      </button>
      {active.length > 0 && (
        <Button
          kind="quiet"
          isSmall
          onClick={() => onChange(Object.fromEntries(active.map(({ name }) => [name, undefined])))}
        >
          {text.actions.clear}
        </Button>
      )}
      {aside}
      <div
        ref={pop}
        id={id}
        className="pop"
        popover="auto"
        role="dialog"
        aria-label={text.filters.add}
        onKeyDown={moveByArrows}
        onToggle={({ newState }) => newState === "open" && focusFirst()}
      >
        {kind === undefined ? (
          kinds.map((one) => (
            <button key={one.name} type="button" className="option" onClick={() => setEdited(one.name)}>
              {one.title}
            </button>
          ))
        ) : (
          <>
            <button type="button" className="option faint" onClick={() => setEdited(null)}>
              <Icon of={ArrowLeft} />
              {kind.title}
            </button>
            {kind.options ? (
              kind.options.map(({ value, title }) => (
                <button
                  key={value}
                  type="button"
                  className="option"
                  aria-pressed={state[kind.name] === value}
                  onClick={() => set(kind.name, value)}
                >
                  <span className="cut">{title}</span>
                </button>
              ))
            ) : (
              <TextFilter
                key={kind.name}
                kind={kind}
                value={state[kind.name] ?? ""}
                onApply={(value) => set(kind.name, value)}
              />
            )}
          </>
        )}
      </div>
    </search>
  );
}

function TextFilter({
  kind,
  value,
  onApply,
}: {
  kind: FilterKind;
  value: string;
  onApply(value: string | undefined): void;
}) {
  const [typed, setTyped] = useState(value);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = typed.trim();
    const found = trimmed === "" ? null : (kind.problem?.(trimmed) ?? null);
    setProblem(found);
    if (found === null) onApply(trimmed || undefined);
  };
  return (
    <form className="stack close filter-text" onSubmit={submit}>
      <label className="sr" htmlFor={id}>
        {kind.title}
      </label>
      <input
        id={id}
        // biome-ignore lint/a11y/noAutofocus: it was asked for just now
        autoFocus
        className="input mono"
        value={typed}
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => setTyped(target.value)}
      />
      <small className="hint" id={`${id}-hint`}>
        {problem ?? kind.hint}
      </small>
      <Button kind="primary" isSmall type="submit">
        {text.filters.apply}
      </Button>
    </form>
  );
}

function titleOf({ options }: FilterKind, value: string): string {
  return options?.find((option) => option.value === value)?.title ?? value;
}

/** A search field: / goes to it, Enter and leaving it apply what was typed. */
export function SearchField({
  label,
  hint,
  value,
  onSearch,
}: {
  label: string;
  hint: string;
  value: string;
  onSearch(typed: string): void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <form
      className="with-icon search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(field.current?.value.trim() ?? "");
      }}
    >
      <Icon of={Search} />
      <input
        ref={field}
        key={value}
        className="input"
        type="search"
        aria-label={label}
        placeholder={hint}
        defaultValue={value}
        onBlur={({ target }) => {
          if (target.value.trim() !== value) onSearch(target.value.trim());
        }}
      />
      <kbd>/</kbd>
    </form>
  );
}
