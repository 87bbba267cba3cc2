import { type FormEvent, useState } from "react";
import { AtlasError } from "../../../sdk/client/index.ts";
import { Button } from "../../components/button/button.tsx";
import { Field } from "../../components/field/field.tsx";
import { sentenceOf } from "../../components/states/states.tsx";
import { clientOf, type SignedOut, signIn, useSignedOut } from "../../session/session.ts";
import { Mark } from "../../shell/mark.tsx";
import shell from "../../shell/shell.module.css";
import { Lanes } from "./lanes.tsx";
import styles from "./sign-in.module.css";

const WHY: Record<SignedOut, string | null> = {
  expired: "Your session is over. Ask for a new link, or sign in with another key.",
  refused: "This key was revoked, or it has expired. Ask an admin of the workspace for a new one.",
  "by hand": null,
};

/** The way in: a key of a workspace. */
export function SignIn() {
  const why = useSignedOut();
  const [key, setKey] = useState("");
  const [error, setError] = useState<string | null>(why === null ? null : WHY[why]);
  const [isBusy, setIsBusy] = useState(false);

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (isBusy) return;
    const trimmed = key.trim();
    setError(problemOf(trimmed));
    if (problemOf(trimmed) !== null) return;
    setIsBusy(true);
    try {
      await clientOf(trimmed).endpoints.list({ limit: 1 }).page();
      signIn(trimmed);
    } catch (failure) {
      setError(refusalOf(failure));
      setIsBusy(false);
    }
  };

  return (
    <div className={styles.signin}>
      <main id="main">
        <div>
          <Mark className={shell.mark} />
          <h1>Sign in</h1>
          <p className="muted">See every delivery of a workspace, and why one did not arrive.</p>
          <form onSubmit={submit} noValidate>
            <Field
              label="API key"
              error={error}
              hint={
                <>
                  Starts with <code>ak_</code>. It stays in this tab and is gone when you close it.
                </>
              }
            >
              {(control) => (
                <input
                  {...control}
                  className="input mono"
                  type="password"
                  name="key"
                  autoComplete="current-password"
                  spellCheck={false}
                  value={key}
                  onChange={({ target }) => setKey(target.value)}
                />
              )}
            </Field>
            <Button kind="primary" type="submit" isBusy={isBusy}>
              Sign in
            </Button>
          </form>
          <p className={`hint ${styles.help}`}>
            No key yet? <code>npm start</code> prints a link that signs in. Your customers come by a portal
            link and never see this page.
          </p>
        </div>
      </main>
      <Lanes />
    </div>
  );
}

function problemOf(key: string): string | null {
  if (key === "") return "Enter a key of the workspace.";
  return key.startsWith("ak_")
    ? null
    : "A key of a workspace starts with ak_. This may be another service's.";
}

function refusalOf(failure: unknown): string {
  if (!(failure instanceof AtlasError)) return sentenceOf(failure);
  switch (failure.code) {
    case "unauthorized":
      return "This key is not known here. It may have been revoked or have expired: ask an admin of the workspace for a new one.";
    case "forbidden":
      return "A key of this role publishes events and sees nothing. Sign in with a key of the role admin or reader.";
    default:
      return sentenceOf(failure);
  }
}
