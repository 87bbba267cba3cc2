import { optionsOf, SelectField } from "../../components/field/select-field.tsx";
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

const METHODS = ["POST", "PUT"].map((value) => ({ value, title: value }));

/** What goes with each attempt beside the body. */
export function SentFields({ draft, problemOf, change }: FormProps) {
  return (
    <Section part="sent">
      <SelectField
        label={t.auth}
        error={problemOf("auth")}
        value={draft.authType}
        options={optionsOf(t.auths)}
        onChange={(authType) => change({ authType: authType as AuthType, auth: {} })}
      />
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
      <SelectField
        label={t.method}
        value={draft.method}
        options={METHODS}
        onChange={(method) => change({ method: method as Draft["method"] })}
      />
    </Section>
  );
}
