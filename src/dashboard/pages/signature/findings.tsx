import { useState } from "react";
import { Badge } from "../../components/badge/badge.tsx";
import { Card } from "../../components/card/card.tsx";
import { Code } from "../../components/code/code.tsx";
import { Glyph, type State } from "../../components/glyph/glyph.tsx";
import { Empty } from "../../components/states/states.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import type { Diagnosis, Evidence, Mistake } from "../../signature/diagnosis.ts";
import { RAW_BODIES } from "../../signature/raw-body.ts";
import { text } from "../../text/text.ts";
import styles from "./signature.module.css";
import { SignedBytes } from "./signed-bytes.tsx";

const t = text.signature;

/** The cause first; then what it follows from. */
export function Findings({
  evidence,
  diagnosis,
}: {
  evidence: Evidence | null;
  diagnosis: Diagnosis | null;
}) {
  if (evidence === null || diagnosis === null) {
    return (
      <section className="card" aria-label={t.tried}>
        <Empty title={t.waiting}>{t.waitingMeans}</Empty>
      </section>
    );
  }
  const { signed, trials } = diagnosis;
  return (
    <div className="stack">
      <Cause diagnosis={diagnosis} />
      {signed !== null && <Header evidence={evidence} diagnosis={diagnosis} />}
      {signed !== null && (
        <SignedBytes prefix={signed.prefix} signed={diagnosis.body} received={evidence.body} />
      )}
      {trials.length > 0 && <Tried trials={trials} />}
    </div>
  );
}

function Cause({ diagnosis: { cause, secret } }: { diagnosis: Diagnosis }) {
  const { title, means } = t.told(cause, secret?.name ?? null);
  const [state, badge] = lookOf(cause);
  return (
    <section className={`${styles.cause} ${state === "delivered" ? styles.fits : ""}`} role="status">
      <Badge state={state}>{badge}</Badge>
      <h2>{title}</h2>
      <p>{means}</p>
      {NEEDS_RAW_BODY.has(cause.kind) && <RawBodyFix />}
    </section>
  );
}

function lookOf({ kind }: Mistake): [State, string] {
  if (kind === "fits") return ["delivered", t.fits];
  return kind === "nothing fits" ? ["unmatched", t.open] : ["failing", t.found];
}

const NEEDS_RAW_BODY: ReadonlySet<Mistake["kind"]> = new Set(["body", "not as sent", "code body"]);

function RawBodyFix() {
  const frameworks = Object.keys(RAW_BODIES);
  const [chosen, setChosen] = useState(frameworks[0] ?? "");
  return (
    <div className="stack close">
      <Choice
        isSmall
        label={t.fix}
        options={frameworks.map((name) => ({ name, title: name }))}
        selected={chosen}
        onSelect={setChosen}
      />
      <Code of={RAW_BODIES[chosen] ?? ""} title={`${t.fix} ${chosen}`} name={`${t.fix} ${chosen}`} />
    </div>
  );
}

function Header({ evidence, diagnosis }: { evidence: Evidence; diagnosis: Diagnosis }) {
  const { signed, secret } = diagnosis;
  if (signed === null) return null;
  const { timestamp, signatures, asymmetric = [], encoding } = signed;
  return (
    <Card title={t.header} aside={<Badge state="delivered">{t.wellFormed}</Badge>}>
      <div className="body">
        <dl className="kv">
          {timestamp !== null && (
            <>
              <dt>{t.time}</dt>
              <dd className="num">
                {timestamp}, <ClockTime at={new Date(Number(timestamp) * 1000).toISOString()} />
              </dd>
            </>
          )}
          <dt className="mono">{evidence.contract.headers[0]}</dt>
          <dd>
            {[...signatures, ...asymmetric].map((signature) => (
              <div key={signature}>
                <code className="wraps">{signature}</code>{" "}
                <span className="faint">{t.signatureOf(signature.length, encoding)}</span>
              </div>
            ))}
          </dd>
          {secret !== null && (
            <>
              <dt>{t.secrets}</dt>
              <dd>{secret.name}</dd>
            </>
          )}
        </dl>
      </div>
    </Card>
  );
}

function Tried({ trials }: { trials: Diagnosis["trials"] }) {
  return (
    <Card title={t.tried} aside={<span className="faint">{t.checks(trials.length)}</span>}>
      <ul className={styles.tests}>
        {trials.map(({ mistake, secret, fits }, index) => {
          const isClock = mistake.kind === "clock";
          const [yes, no] = isClock ? [t.inTime, t.outOfTime] : [t.doesFit, t.doesNotFit];
          return (
            <li key={index}>
              <Glyph state={fits ? "delivered" : isClock ? "failing" : "unmatched"} />
              <span>
                {t.with(
                  t.told(mistake, secret?.name ?? null).tried,
                  isOther(mistake) ? null : (secret?.name ?? null),
                )}
              </span>
              <span className={fits ? "ok t" : "faint"}>{fits ? yes : no}</span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

/** Its sentence names the secret already. */
function isOther({ kind }: Mistake): boolean {
  return kind === "other endpoint";
}
