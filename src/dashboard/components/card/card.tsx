import { type ReactNode, useId } from "react";

interface CardProps {
  title: string;
  /** Beside the title. */
  aside?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a heading of its own; a landmark by that name. */
export function Card({ title, aside, footer, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
      {footer && <footer>{footer}</footer>}
    </section>
  );
}
