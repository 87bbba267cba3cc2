import { text } from "../text/text.ts";
import { type ApiDocument, nameOf, resolved, type Schema, typeText } from "./document.ts";
import styles from "./reference.module.css";
import { Words } from "./words.tsx";

const t = text.reference;

interface SchemaViewProps {
  of: Schema;
  schemas: ApiDocument["schemas"];
}

/** The members of an object: name, type, what it means; objects within it open by a press. */
export function SchemaView({ of, schemas }: SchemaViewProps) {
  const schema = resolved(of, schemas);
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) {
    return (
      <p>
        <code>{typeText(of)}</code>
      </p>
    );
  }
  const required = new Set(schema.required ?? []);
  return (
    <ul>
      {members.map(([name, member]) => (
        <Member key={name} name={name} of={member} schemas={schemas} isRequired={required.has(name)} />
      ))}
    </ul>
  );
}

/** One of them; also a parameter. */
export function Member({
  name,
  of,
  schemas,
  isRequired,
  description,
}: SchemaViewProps & { name: string; isRequired: boolean; description?: string | undefined }) {
  const schema = resolved(of, schemas);
  const inner = innerOf(of, schemas);
  const said = description ?? of.description ?? schema.description;
  return (
    <li className={styles.member}>
      <div className="row wrap">
        <code className="strong">{name}</code>
        <span className="faint">{typeText(of)}</span>
        {isRequired && <span className="tag">{t.required}</span>}
      </div>
      {said && <Words of={said} className="muted" />}
      {inner !== null && (
        <details>
          <summary>{t.members(nameOf(inner) ?? name)}</summary>
          <div className={styles.nested}>
            <SchemaView of={inner} schemas={schemas} />
          </div>
        </details>
      )}
    </li>
  );
}

/** The object that a member is, or holds; null = it is none. */
function innerOf(given: Schema, schemas: ApiDocument["schemas"]): Schema | null {
  const schema = resolved(given, schemas);
  if (schema.properties !== undefined) return given;
  if (schema.items !== undefined) return innerOf(schema.items, schemas);
  for (const choice of schema.oneOf ?? schema.anyOf ?? []) {
    const found = innerOf(choice, schemas);
    if (found !== null) return found;
  }
  return null;
}
