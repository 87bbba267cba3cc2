import type { ReactNode } from "react";
import { useEffect } from "react";
import { Link, useLocation } from "wouter";
import type { CurrentKey } from "../../sdk/client/index.ts";
import { useBranding } from "../portal/branding.ts";
import { isEmbedded, tellHeight } from "../portal/host.ts";
import { text } from "../text/text.ts";
import { isAt, placesOf } from "./navigation.ts";
import styles from "./shell.module.css";
import { ThemeButton } from "./theme-button.tsx";

/** A customer's part: no side, no mark of ours; within another page no head either. */
export function PortalFrame({ of, children }: { of: CurrentKey; children: ReactNode }) {
  const [path] = useLocation();
  const { portal, workspace } = of;
  useBranding(portal);
  useEffect(tellHeight, []);
  return (
    <div className={isEmbedded ? `${styles.portal} ${styles.embedded}` : styles.portal}>
      {!isEmbedded && (
        <header className={styles.portalHead}>
          {portal.logo_url !== null && <img src={portal.logo_url} alt="" height={24} />}
          <b className="grow cut">{portal.name ?? workspace.name}</b>
          <ThemeButton />
        </header>
      )}
      <nav className="tabs" aria-label={text.shell.main}>
        {placesOf("portal")
          .flat()
          .map(({ path: to, name: title }) => (
            <Link key={to} href={to} aria-current={isAt(path, to) ? "page" : undefined}>
              {title()}
            </Link>
          ))}
      </nav>
      <main className={styles.main} id="main">
        {children}
      </main>
    </div>
  );
}
