import { type CSSProperties, useState } from "react";
import { Badge } from "../../components/badge/badge.tsx";
import { Choice } from "../../components/tabs/tabs.tsx";
import { accentProperties } from "../../portal/accent.ts";
import { text } from "../../text/text.ts";
import styles from "./preview.module.css";
import type { Word } from "./words.tsx";

const t = text.settings;

type Shown = "light" | "dark";

interface BrandingPreviewProps {
  name: string;
  accent: string;
  words: readonly Word[];
}

/** The portal with this branding, in either theme. */
export function BrandingPreview({ name, accent, words }: BrandingPreviewProps) {
  const [theme, setTheme] = useState<Shown>("light");
  const style = { ...accentProperties(accent), colorScheme: theme } as CSSProperties;
  const word = (path: string, own: string) => words.find((one) => one.name === path)?.value || own;
  const places = text.shell.places;
  return (
    <div className="stack sticky">
      <div className="row">
        <h2 className="grow">{t.preview}</h2>
        <Choice<Shown>
          isSmall
          label={t.preview}
          options={[
            { name: "light", title: t.themes.light },
            { name: "dark", title: t.themes.dark },
          ]}
          selected={theme}
          onSelect={setTheme}
        />
      </div>
      <div className={styles.preview} style={style} role="img" aria-label={t.preview} inert>
        <div className={styles.portal}>
          <div className="row">
            <b className="grow cut">{name}</b>
            <span className="btn primary sm">{word("endpoints.make", text.endpoints.make)}</span>
          </div>
          <div className="tabs">
            <span aria-current="page">{word("shell.places.endpoints", places.endpoints)}</span>
            <span>{word("shell.places.deliveries", places.deliveries)}</span>
            <span>{word("shell.places.eventTypes", places.eventTypes)}</span>
          </div>
          <div className="card">
            <div className="body row">
              <div className="grow cut">
                <b>api.example.com/webhooks</b>
              </div>
              <Badge state="enabled" />
            </div>
          </div>
          <div className="card">
            <div className="body row">
              <div className="grow cut">
                <b>crm.example.com/in</b>
              </div>
              <Badge state="paused" />
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}
