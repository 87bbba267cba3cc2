import type { LucideIcon } from "lucide-react";

/** One of Lucide's icons, always beside words or within something that has a name. */
export function Icon({ of: Shape }: { of: LucideIcon }) {
  return <Shape className="i" size={16} strokeWidth={1.75} aria-hidden="true" />;
}
