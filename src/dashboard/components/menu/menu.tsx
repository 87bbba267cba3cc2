import type { LucideIcon } from "lucide-react";
import { type ReactNode, useId, useRef } from "react";
import { Icon } from "../button/icon.tsx";
import { moveByArrows } from "./move-by-arrows.ts";

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
        onKeyDown={moveByArrows}
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
