import { text } from "../../text/text.ts";
import { type FormProps, Section, TextField } from "./form-parts.tsx";

const t = text.endpointForm;

/** Where attempts go, and in which form. */
export function ReceiverFields({ draft, problemOf, change, isNew }: FormProps & { isNew: boolean }) {
  return (
    <Section part="receiver">
      <TextField
        isMono
        label={t.url}
        hint={t.urlHint}
        error={problemOf("url")}
        value={draft.url}
        onChange={(url) => change({ url })}
      />
      <TextField
        label={t.description}
        error={problemOf("description")}
        value={draft.description}
        onChange={(description) => change({ description })}
      />
      <fieldset className="field">
        <legend>{t.dialect}</legend>
        <div className="choices">
          {t.dialects.map(({ value, title, hint }) => (
            <label key={value} className="choice">
              <input
                type="radio"
                name="dialect"
                value={value}
                checked={draft.dialect === value}
                onChange={() => change({ dialect: value })}
              />
              <span>
                <b>{title}</b>
                <small>{hint}</small>
              </span>
            </label>
          ))}
        </div>
        {problemOf("dialect") !== null && <p className="error">{problemOf("dialect")}</p>}
        {!isNew && <small className="hint">{t.dialectFixed}</small>}
      </fieldset>
      <TextField
        label={t.options}
        hint={t.pairsHint}
        rows={2}
        error={problemOf("dialect_options")}
        value={draft.options}
        onChange={(options) => change({ options })}
      />
    </Section>
  );
}
