import { Keyboard, LogOut, Menu, SunMoon } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useWorkspace } from "../api/workspace.ts";
import { IconButton } from "../components/button/button.tsx";
import { Icon } from "../components/button/icon.tsx";
import { Toasts } from "../components/toast/toast.tsx";
import { signOut } from "../session/session.ts";
import { Mark } from "./mark.tsx";
import { placesOf } from "./navigation.ts";
import styles from "./shell.module.css";
import { nextTheme, storedTheme } from "./theme.ts";

const SIDE = "side";

/** The frame of every page: navigation at the side, which is a popover on narrow screens. */
export function Shell({ children }: { children: ReactNode }) {
  const workspace = useWorkspace();
  const name = workspace.data?.name ?? "";
  const [path] = useLocation();

  // A link of the menu leads away: what it covers must be seen.
  useEffect(() => {
    const side = document.getElementById(SIDE);
    if (side?.matches(":popover-open")) side.hidePopover();
  }, [path]);

  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className={styles.app}>
        <header className={styles.topbar}>
          <button className="btn quiet icon" type="button" popoverTarget={SIDE} aria-label="Menu">
            <Icon of={Menu} />
          </button>
          <Mark className={styles.mark} />
          <b className="grow cut">{name}</b>
        </header>
        <div className={styles.side} id={SIDE} popover="auto">
          <div className={styles.workspace}>
            <Mark className={styles.mark} />
            <span className="grow cut">
              <b className="cut">{name}</b>
            </span>
          </div>
          <nav className={styles.nav} aria-label="Main">
            <ul>
              {placesOf(undefined).flatMap((group, groupIndex) =>
                group.map(({ path: to, name: title, icon }, index) => (
                  <li key={to} className={groupIndex > 0 && index === 0 ? styles.gap : undefined}>
                    <Link href={to} aria-current={isAt(path, to) ? "page" : undefined}>
                      <Icon of={icon} />
                      <span className="cut">{title}</span>
                    </Link>
                  </li>
                )),
              )}
            </ul>
          </nav>
          <footer className={styles.sideFoot}>
            <span className="grow" />
            <ThemeButton />
            <IconButton isSmall icon={Keyboard} label="Keyboard shortcuts" />
            <IconButton isSmall icon={LogOut} label="Sign out" onClick={() => signOut("by hand")} />
          </footer>
        </div>
        <main className={styles.main} id="main">
          {children}
        </main>
      </div>
      <Toasts />
    </>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <IconButton isSmall icon={SunMoon} label={`Theme: ${theme}`} onClick={() => setTheme(nextTheme(theme))} />
  );
}

function isAt(path: string, to: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
}
