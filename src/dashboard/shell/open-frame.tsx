import type { ReactNode } from "react";
import { text } from "../text/text.ts";
import { Mark } from "./mark.tsx";
import styles from "./shell.module.css";

/** The frame of a page that nobody has to sign in for. */
export function OpenFrame({ children }: { children: ReactNode }) {
  return (
    <div className={styles.portal}>
      <header className={styles.portalHead}>
        <Mark className={styles.mark} />
        <b className="grow cut">{text.shell.product}</b>
        <a className="btn" href="/dashboard">
          {text.shell.signIn}
        </a>
      </header>
      <main className={styles.main} id="main">
        {children}
      </main>
    </div>
  );
}
