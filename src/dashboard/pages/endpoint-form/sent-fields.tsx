import { Field } from "../../components/field/field.tsx";
import { TextField } from "../../components/field/text-field.tsx";
import { text } from "../../text/text.ts";
import type { AuthType, Draft } from "./draft.ts";
import { type FormProps, Section } from "./form-parts.tsx";

const t = text.endpointForm;

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
          type={isSecret ? "password" : "text"}
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
