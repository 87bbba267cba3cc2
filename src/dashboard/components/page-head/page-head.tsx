import { type ReactNode, useEffect } from "react";

interface PageHeadProps {
  title: string;
  /** Instead of the title's text, where it has more than that. */
  heading?: ReactNode;
  /** The way here, above it. */
  crumbs?: ReactNode;
  /** Under it. */
  lead?: ReactNode;
  /** What can be done here. */
  children?: ReactNode;
}

/** The head of a page; gives the document its title. */
export function PageHead({ title, heading, crumbs, lead, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Atlas Webhooks`;
  }, [title]);
  return (
    <div className="page-head">
      <div>
        {crumbs}
        <h1>{heading ?? title}</h1>
        {lead && <p>{lead}</p>}
      </div>
      {children && <div className="row wrap">{children}</div>}
    </div>
  );
}
