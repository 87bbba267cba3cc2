import { Keyboard, LogOut, Menu, Search } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useEndpoints } from "../api/endpoints.ts";
import { useCurrentKey } from "../api/key.ts";
import { IconButton } from "../components/button/button.tsx";
import { Icon } from "../components/button/icon.tsx";
import { Toasts } from "../components/toast/toast.tsx";
import { needsAttention } from "../pages/endpoints/standing.ts";
import { signOut } from "../session/session.ts";
import { numberText } from "../text/format.ts";
import { text } from "../text/text.ts";
import { useGoKeys } from "./go-keys.ts";
import { useKeys } from "./keys.ts";
import { Mark } from "./mark.tsx";
import { isAt, placesOf } from "./navigation.ts";
import { Palette } from "./palette.tsx";
import { PortalFrame } from "./portal-frame.tsx";
import styles from "./shell.module.css";
import { ShortcutsDialog } from "./shortcuts.tsx";
import { ThemeButton } from "./theme-button.tsx";

const t = text.shell;

const SIDE = "side";

/** The frame of every page: for the workspace's own people a side, for its customers tabs at the top. */
export function Shell({ children }: { children: ReactNode }) {
  const key = useCurrentKey();
  const [open, setOpen] = useState<"palette" | "shortcuts" | null>(null);
  const role = key.data?.role;
  useGoKeys(role);
  useKeys({ "?": () => setOpen("shortcuts") });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((now) => (now === "palette" ? null : "palette"));
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <>
      <a className="skip" href="#main">
        {t.skip}
      </a>
      {key.data?.role === "portal" ? (
        <PortalFrame of={key.data}>{children}</PortalFrame>
      ) : (
        <SideFrame
          name={key.data?.workspace.name ?? ""}
          role={role}
          onSearch={() => setOpen("palette")}
          onShortcuts={() => setOpen("shortcuts")}
        >
          {children}
        </SideFrame>
      )}
      <Toasts />
      {open === "palette" && <Palette role={role} onClose={() => setOpen(null)} />}
      {open === "shortcuts" && <ShortcutsDialog role={role} onClose={() => setOpen(null)} />}
    </>
  );
}

type Role = Parameters<typeof placesOf>[0];

interface SideFrameProps {
  name: string;
  role: Role;
  onSearch(): void;
  onShortcuts(): void;
  children: ReactNode;
}

/** How many endpoints need somebody, of those that are listed first. */
function useNeedy(role: Role): number {
  const mayRead = role === "admin" || role === "reader";
  const { data } = useEndpoints({ limit: 200 }, mayRead);
  return data?.pages.flatMap((page) => page.data).filter(needsAttention).length ?? 0;
}

function SideFrame({ name, role, onSearch, onShortcuts, children }: SideFrameProps) {
  const [path] = useLocation();
  const needy = useNeedy(role);
  // A link of the menu leads away: what it covers must be seen.
  useEffect(() => {
    const side = document.getElementById(SIDE);
    if (side?.matches(":popover-open")) side.hidePopover();
  }, [path]);
  return (
    <div className={styles.app}>
      <header className={styles.topbar}>
        <button className="btn quiet icon" type="button" popoverTarget={SIDE} aria-label={t.menu}>
          <Icon of={Menu} />
        </button>
        <Mark className={styles.mark} />
        <b className="grow cut">{name}</b>
        <IconButton icon={Search} label={t.jump} onClick={onSearch} />
      </header>
      <div className={styles.side} id={SIDE} popover="auto">
        <div className={styles.workspace}>
          <Mark className={styles.mark} />
          <span className="grow cut">
            <b className="cut">{name}</b>
          </span>
        </div>
        <button className={styles.jump} type="button" onClick={onSearch}>
          <Icon of={Search} />
          {t.jump}
          <kbd>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <nav className={styles.nav} aria-label={t.main}>
          <ul>
            {placesOf(role).flatMap((group, groupIndex) =>
              group.map(({ path: to, name: title, icon }, index) => (
                <li key={to} className={groupIndex > 0 && index === 0 ? styles.gap : undefined}>
                  <Link href={to} aria-current={isAt(path, to) ? "page" : undefined}>
                    <Icon of={icon} />
                    <span className="cut">{title()}</span>
                    {to === "/endpoints" && needy > 0 && (
                      <span className="count bad">
                        {numberText(needy)}
                        <span className="sr"> {t.needAttention(needy)}</span>
                      </span>
                    )}
                  </Link>
                </li>
              )),
            )}
          </ul>
        </nav>
        <footer className={styles.sideFoot}>
          <span className="grow">{role && t.live(role)}</span>
          <ThemeButton />
          <IconButton isSmall icon={Keyboard} label={t.shortcuts} onClick={onShortcuts} />
          <IconButton isSmall icon={LogOut} label={t.signOut} onClick={() => signOut("by hand")} />
        </footer>
      </div>
      <main className={styles.main} id="main">
        {children}
      </main>
    </div>
  );
}
