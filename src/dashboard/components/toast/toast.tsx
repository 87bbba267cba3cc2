import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { text } from "../../text/text.ts";
import { IconButton } from "../button/button.tsx";
import { Glyph, type State } from "../glyph/glyph.tsx";
import styles from "./toast.module.css";

interface Toast {
  id: number;
  state: State;
  title: string;
  detail?: string | undefined;
  /** Where it happened. */
  href?: string | undefined;
}

/** How long one stays, unless the pointer is on it. */
const SHOWN_MS = 6000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Tells of what happened elsewhere. Never for errors of a form. */
export function toast(told: Omit<Toast, "id">): void {
  lastId += 1;
  set([...toasts, { ...told, id: lastId }]);
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where they show. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={styles.toasts} role="status">
      {shown.map((one) => (
        <ToastCard key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastCard({ toast: { id, state, title, detail, href } }: { toast: Toast }) {
  const [isHeld, setIsHeld] = useState(false);
  const close = () => set(toasts.filter((one) => one.id !== id));
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(close, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld]);
  return (
    <div className="toast" onPointerEnter={() => setIsHeld(true)} onPointerLeave={() => setIsHeld(false)}>
      <Glyph state={state} />
      <div>
        <b>{href === undefined ? title : <Link href={href}>{title}</Link>}</b>
        {detail && <p>{detail}</p>}
      </div>
      <IconButton isSmall icon={X} label={text.actions.close} onClick={close} />
    </div>
  );
}
