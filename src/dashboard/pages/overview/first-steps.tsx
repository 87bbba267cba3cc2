import { ButtonLink } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { Code } from "../../components/code/code.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { text } from "../../text/text.ts";
import styles from "./overview.module.css";

const t = text.overview;

/** An empty workspace: the way to the first delivery. */
export function FirstSteps() {
  const curl = `curl ${location.origin}/v1/events \\\n  -H "Authorization: Bearer $ATLAS_KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"type": "deal.created", "data": {"id": "deal_1", "value": 48000}}'`;
  return (
    <>
      <PageHead title={t.title} lead={t.firstLead} />
      <div className="cols">
        <section className="card" aria-label={t.start}>
          <ol className={styles.walk}>
            <li className={styles.isNow}>
              <span className={styles.step}>1</span>
              <div className="stack close">
                <div>
                  <h2>{t.stepEndpoint}</h2>
                  <p className="muted">{t.stepEndpointMeans}</p>
                </div>
                <div className="row">
                  <ButtonLink kind="primary" href="/endpoints/new">
                    {text.endpoints.make}
                  </ButtonLink>
                </div>
              </div>
            </li>
            <li>
              <span className={styles.step}>2</span>
              <div>
                <h2>{t.stepEvent}</h2>
                <p className="muted">{t.stepEventMeans}</p>
              </div>
            </li>
            <li>
              <span className={styles.step}>3</span>
              <div>
                <h2>{t.stepSee}</h2>
                <p className="muted">{t.stepSeeMeans}</p>
              </div>
            </li>
          </ol>
        </section>
        <aside className="stack" aria-label={t.code}>
          <Card title={t.code}>
            <div className="body stack close">
              <p className="muted">{t.codeMeans}</p>
              <Code of={curl} title={t.publish} name={t.publish} />
            </div>
          </Card>
        </aside>
      </div>
    </>
  );
}
