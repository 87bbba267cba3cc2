import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";

export interface Tab<Name extends string> {
  name: Name;
  title: string;
  count?: string | undefined;
}

/** Parts of one place that do not change the address: ← → Home End move and select. */
export function Tabs<Name extends string>({
  label,
  tabs,
  selected,
  onSelect,
  panel,
}: {
  label: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  onSelect(name: Name): void;
  /** The id of the panel that they show. */
  panel: string;
}) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex(({ name }) => name === selected);
    const moves: Record<string, number> = {
      ArrowLeft: (at - 1 + tabs.length) % tabs.length,
      ArrowRight: (at + 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = tabs[moves[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.name);
    const index = tabs.indexOf(next);
    (event.currentTarget.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ name, title, count }) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === selected}
          aria-controls={panel}
          tabIndex={name === selected ? 0 : -1}
          onClick={() => onSelect(name)}
        >
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

/** Parts of a page, each with an address of its own. */
export function LinkTabs({
  label,
  tabs,
  selected,
}: {
  label: string;
  tabs: readonly (Tab<string> & { href: string })[];
  selected: string;
}): ReactNode {
  const row = useRef<HTMLElement>(null);
  // On a narrow screen the row scrolls: what is open must be seen.
  useEffect(() => {
    row.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [selected]);
  return (
    <nav className="tabs" aria-label={label} ref={row}>
      {tabs.map(({ name, title, count, href }) => (
        <Link key={name} href={href} aria-current={name === selected ? "page" : undefined}>
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </Link>
      ))}
    </nav>
  );
}

/** One of a few, shown at once. */
export function Choice<Name extends string>({
  label,
  options,
  selected,
  onSelect,
  isSmall,
}: {
  label: string;
  options: readonly Tab<Name>[];
  selected: Name;
  onSelect(name: Name): void;
  isSmall?: boolean;
}) {
  return (
    <div className="btn-group" role="group" aria-label={label}>
      {options.map(({ name, title, count }) => (
        <button
          key={name}
          type="button"
          className={isSmall ? "btn sm" : "btn"}
          aria-pressed={name === selected}
          onClick={() => onSelect(name)}
        >
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
