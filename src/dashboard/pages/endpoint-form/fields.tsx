import type { ReactNode } from "react";
import { useEventTypes } from "../../api/event-types.ts";
import { Combobox, type ComboOption } from "../../components/combobox/combobox.tsx";
import { Field } from "../../components/field/field.tsx";
import { text } from "../../text/text.ts";
import { type AuthType, type Draft, parseDelays } from "./draft.ts";
import styles from "./form.module.css";

const t = text.endpointForm;

export interface FormProps {
  draft: Draft;
  /** What is wrong with a field of the API, in words; null = nothing. */
  problemOf(field: string): string | null;
  change(changed: Partial<Draft>): void;
}

function Section({ part, children }: { part: keyof typeof t.sections; children: ReactNode }) {
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

interface TextFieldProps {
  label: string;
  hint?: string;
  error?: string | null;
  value: string;
  onChange(value: string): void;
  isMono?: boolean;
  isSecret?: boolean;
  rows?: number;
  placeholder?: string;
}

function TextField({
  label,
  hint,
  error,
  value,
  onChange,
  isMono,
  isSecret,
  rows,
  placeholder,
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error ?? null}>
      {(control) =>
        rows === undefined ? (
          <input
            {...control}
            className={isMono ? "input mono" : "input"}
            type={isSecret ? "password" : "text"}
            autoComplete="off"
            spellCheck={!isMono}
            placeholder={placeholder}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        ) : (
          <textarea
            {...control}
            className="input mono"
            rows={rows}
            spellCheck={false}
            placeholder={placeholder}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }
    </Field>
  );
}

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

/** Which events it gets. */
export function ConditionFields({ draft, problemOf, change }: FormProps) {
  const types = useEventTypes();
  return (
    <>
      <Section part="takes">
        <Field label={t.types} error={problemOf("types")}>
          {(control) => (
            <Combobox
              control={control}
              options={optionsOf(types.data ?? [])}
              chosen={draft.types}
              onChange={(chosen) => change({ types: chosen })}
              placeholder={t.typesHint(types.data?.length ?? 0)}
              removeLabel={t.removeType}
              listLabel={t.types}
            />
          )}
        </Field>
        <TextField
          label={t.filter}
          hint={t.filterHint}
          rows={3}
          error={problemOf("filter")}
          value={draft.filter}
          onChange={(filter) => change({ filter })}
        />
      </Section>
      <Section part="narrower">
        <div className="cols even">
          <TextField
            label={t.stages}
            hint={t.listHint}
            placeholder={t.any}
            error={problemOf("stages")}
            value={draft.stages}
            onChange={(stages) => change({ stages })}
          />
          <TextField
            label={t.tags}
            hint={t.listHint}
            placeholder={t.any}
            error={problemOf("tags")}
            value={draft.tags}
            onChange={(tags) => change({ tags })}
          />
        </div>
        <TextField
          label={t.context}
          hint={t.pairsHint}
          rows={2}
          placeholder="region = eu"
          error={problemOf("context")}
          value={draft.context}
          onChange={(context) => change({ context })}
        />
        <TextField
          label={t.metadata}
          hint={t.metadataHint}
          rows={2}
          error={problemOf("metadata")}
          value={draft.metadata}
          onChange={(metadata) => change({ metadata })}
        />
      </Section>
    </>
  );
}

/** All types, and before its members each pattern such as `deal.*`. */
function optionsOf(types: readonly { type: string; category?: string | undefined }[]): ComboOption[] {
  const patterns = new Map<string, number>();
  for (const { type } of types) {
    const dot = type.lastIndexOf(".");
    if (dot > 0) patterns.set(`${type.slice(0, dot)}.*`, (patterns.get(`${type.slice(0, dot)}.*`) ?? 0) + 1);
  }
  return [
    { value: "*", aside: text.endpoints.allTypes },
    ...[...patterns].map(([value, count]) => ({ value, aside: text.endpoints.countedTypes(count) })),
    ...types.map(({ type, category }) => ({ value: type, ...(category && { aside: category }) })),
  ];
}

const AUTH_FIELDS: Readonly<Record<AuthType, readonly [name: string, label: string, isSecret: boolean][]>> = {
  none: [],
  basic: [
    ["username", t.username, false],
    ["password", t.password, true],
  ],
  bearer: [["token", t.token, true]],
  header: [
    ["name", t.headerName, false],
    ["value", t.headerValue, true],
  ],
  oauth2: [
    ["token_url", t.tokenUrl, false],
    ["client_id", t.clientId, false],
    ["client_secret", t.clientSecret, true],
    ["scope", t.scope, false],
  ],
};

/** What goes with each attempt beside the body. */
export function SentFields({ draft, problemOf, change }: FormProps) {
  return (
    <Section part="sent">
      <Field label={t.auth} error={problemOf("auth")}>
        {(control) => (
          <select
            {...control}
            className="select"
            value={draft.authType}
            onChange={({ target }) => change({ authType: target.value as AuthType, auth: {} })}
          >
            {Object.entries(t.auths).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        )}
      </Field>
      {AUTH_FIELDS[draft.authType].map(([name, label, isSecret]) => (
        <TextField
          key={name}
          isMono
          isSecret={isSecret}
          label={label}
          {...(isSecret && { hint: t.sealed })}
          value={draft.auth[name] ?? ""}
          onChange={(value) => change({ auth: { ...draft.auth, [name]: value } })}
        />
      ))}
      <TextField
        label={t.headers}
        hint={t.headersHint}
        rows={2}
        error={problemOf("headers")}
        value={draft.headers}
        onChange={(headers) => change({ headers })}
      />
      <Field label={t.method}>
        {(control) => (
          <select
            {...control}
            className="select"
            value={draft.method}
            onChange={({ target }) => change({ method: target.value as Draft["method"] })}
          >
            <option>POST</option>
            <option>PUT</option>
          </select>
        )}
      </Field>
    </Section>
  );
}

/** How hard to try, in which order, and what to do in the end. */
export function PolicyFields({ draft, problemOf, change }: FormProps) {
  return (
    <Section part="order">
      <label className="check">
        <input
          className="switch"
          type="checkbox"
          role="switch"
          aria-checked={draft.serialize}
          checked={draft.serialize}
          onChange={({ target }) => change({ serialize: target.checked })}
        />
        <span>
          <b>{t.serialize}</b>
          <br />
          <span className="hint">{t.serializeHint}</span>
        </span>
      </label>
      <TextField
        label={t.delays}
        hint={t.delaysHint}
        error={parseDelays(draft.delays) === null ? t.delaysProblem : problemOf("retry")}
        value={draft.delays}
        onChange={(delays) => change({ delays })}
      />
      <div className="cols even">
        <TextField
          label={t.timeout}
          hint={t.timeoutHint}
          error={problemOf("timeout")}
          value={draft.timeout}
          onChange={(timeout) => change({ timeout })}
        />
        <TextField
          label={t.rate}
          hint={t.rateHint}
          error={problemOf("rate_limit")}
          value={draft.rate}
          onChange={(rate) => change({ rate })}
        />
        <TextField
          label={t.inFlight}
          hint={t.inFlightHint}
          error={problemOf("max_in_flight")}
          value={draft.inFlight}
          onChange={(inFlight) => change({ inFlight })}
        />
        <TextField
          label={t.disableAfter}
          hint={t.disableAfterHint}
          error={problemOf("disable_after")}
          value={draft.disableAfter}
          onChange={(disableAfter) => change({ disableAfter })}
        />
      </div>
      <fieldset className="field">
        <legend>{t.whenUsedUp}</legend>
        <div className="choices">
          {(
            [
              ["continue", t.goOn, t.goOnHint],
              ["pause", t.pause, t.pauseHint],
            ] as const
          ).map(([value, title, hint]) => (
            <label key={value} className="choice">
              <input
                type="radio"
                name="dead-letter"
                checked={draft.onDeadLetter === value}
                onChange={() => change({ onDeadLetter: value })}
              />
              <span>
                <b>{title}</b>
                <small>{hint}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
    </Section>
  );
}
