import type { LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";
import { Icon } from "../button/icon.tsx";

export interface MenuItem {
  title: string;
  icon?: LucideIcon;
  /** At the right: a key, a count. */
  aside?: string;
  isDanger?: boolean;
  onSelect(): void;
}

/** A button that opens a list of actions: a native popover, moved in with ↓ ↑. */
export function Menu({
  items,
  className,
  label,
  children,
}: {
  items: readonly MenuItem[];
  className: string;
  /** Where the button has no words. */
  label?: string;
  children: ReactNode;
}) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const options = [...event.currentTarget.querySelectorAll("button")];
    const at = options.indexOf(document.activeElement as HTMLButtonElement);
    const moves: Record<string, number> = {
      ArrowDown: (at + 1) % options.length,
      ArrowUp: (at - 1 + options.length) % options.length,
      Home: 0,
      End: options.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    options[next]?.focus();
  };
  return (
    <>
      <button type="button" className={className} popoverTarget={id} aria-haspopup="menu" aria-label={label}>
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        className="pop"
        popover="auto"
        role="menu"
        onKeyDown={onKeyDown}
        onToggle={(event) => {
          if (event.newState === "open") menu.current?.querySelector("button")?.focus();
        }}
      >
        {items.map(({ title, icon, aside, isDanger, onSelect }) => (
          <button
            key={title}
            type="button"
            role="menuitem"
            className={isDanger ? "option bad t" : "option"}
            onClick={() => {
              menu.current?.hidePopover();
              onSelect();
            }}
          >
            {icon && <Icon of={icon} />}
            <span className="cut">{title}</span>
            {aside && <span className="faint">{aside}</span>}
          </button>
        ))}
      </div>
    </>
  );
}
