import { Link } from "wouter";
import { text } from "../../text/text.ts";

/** The way here. */
export function Crumbs({ trail, here }: { trail: readonly { title: string; href: string }[]; here: string }) {
  return (
    <nav aria-label={text.shell.breadcrumb}>
      <ol className="crumbs">
        {trail.map(({ title, href }) => (
          <li key={href} className="cut">
            <Link href={href}>{title}</Link>
          </li>
        ))}
        <li className="cut" aria-current="page">
          {here}
        </li>
      </ol>
    </nav>
  );
}
