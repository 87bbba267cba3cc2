import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";
import { Icon } from "./icon.tsx";

interface Look {
  /** One primary button a view; `danger` is text until the confirmation, there `danger solid`. */
  kind?: "primary" | "danger" | "danger solid" | "quiet";
  isSmall?: boolean;
  icon?: LucideIcon;
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & Look & { isBusy?: boolean };

/** A verb that says its extent: "Replay 12,431". Busy, a second press does nothing. */
export function Button({ kind, isSmall, icon, isBusy, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classOf({ kind, isSmall })}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? undefined : onClick}
      {...rest}
    >
      {icon && !isBusy && <Icon of={icon} />}
      {children}
    </button>
  );
}

/** A button with an icon alone; `label` is its name. */
export function IconButton({
  icon,
  label,
  kind = "quiet",
  isSmall,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Look & { icon: LucideIcon; label: string }) {
  return (
    <button type="button" className={`${classOf({ kind, isSmall })} icon`} aria-label={label} {...rest}>
      <Icon of={icon} />
    </button>
  );
}

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function ButtonLink({
  href,
  kind,
  isSmall,
  icon,
  children,
}: Look & { href: string; children: ReactNode }) {
  return (
    <Link className={classOf({ kind, isSmall })} href={href}>
      {icon && <Icon of={icon} />}
      {children}
    </Link>
  );
}

function classOf({ kind, isSmall }: Look): string {
  return ["btn", kind, isSmall && "sm"].filter(Boolean).join(" ");
}
