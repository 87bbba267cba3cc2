import { text } from "../../text/text.ts";
import code from "../code/code.module.css";
import { Plain } from "../code/code.tsx";
import { CopyButton } from "../copy/copy.tsx";
import styles from "./diff.module.css";
import { diffLines, folded } from "./lines.ts";

/** What changes from one text to another; read out as "removed" and "added". */
export function Diff({ title, before, after }: { title: string; before: string; after: string }) {
  const lines = folded(diffLines(before, after));
  if (lines.length === 0) return <p className="hint">{text.diff.same(title)}</p>;
  return (
    <div className={`${code.code} ${code.wraps} ${styles.diff}`}>
      <div className={code.codeHead}>
        <span>{title}</span>
        <CopyButton of={after} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too */}
      <pre tabIndex={0} role="region" aria-label={title}>
        <code>
          {lines.map((line, place) =>
            "skipped" in line ? (
              <span key={place} className={`${code.l} ${styles.l} faint`}>
                {text.diff.skipped(line.skipped)}
              </span>
            ) : (
              <span
                key={place}
                className={[
                  code.l,
                  styles.l,
                  line.kind === "add" && styles.add,
                  line.kind === "del" && styles.del,
                ]
                  .filter(Boolean)
                  .join(" ")}
              >
                {line.kind !== "same" && <span className="sr">{text.diff[line.kind]}</span>}
                <Plain of={line.text} />
              </span>
            ),
          )}
        </code>
      </pre>
    </div>
  );
}
