import type { ReactNode } from "react";
import { text } from "../../text/text.ts";
import type { Draft } from "./draft.ts";
import styles from "./form.module.css";

const t = text.endpointForm;

export interface FormProps {
  draft: Draft;
  /** What is wrong with a field of the API, in words; null = nothing. */
  problemOf(field: string): string | null;
  change(changed: Partial<Draft>): void;
}

/** Fields that belong together, under what they are for. */
export function Section({ part, children }: { part: keyof typeof t.sections; children: ReactNode }) {
  const [title, lead] = t.sections[part];
  return (
    <section className={styles.formSection}>
      <div>
        <h2>{title}</h2>
        <p>{lead}</p>
      </div>
      <div className="stack">{children}</div>
    </section>
  );
}
