import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { text } from "../../text/text.ts";
import { IconButton } from "../button/button.tsx";

interface DialogProps {
  title: string;
  isWide?: boolean;
  /** While true, a press beside the dialog does not close it: what was entered would be lost. */
  isChanged?: boolean;
  onClose(): void;
  /** What can be done; the hint stands at its left. */
  footer?: ReactNode;
  children: ReactNode;
}

/** A native modal dialog, open as long as it is rendered; focus goes back to where it came from. */
export function Dialog({ title, isWide, isChanged, onClose, footer, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, by the dialog's own cancel event
    <dialog
      ref={ref}
      className={isWide ? "modal wide" : "modal"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current && !isChanged) onClose();
      }}
    >
      <div className="modal-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon={X} label={text.actions.close} onClick={onClose} />
      </div>
      <div className="body">{children}</div>
      {footer && <div className="modal-foot">{footer}</div>}
    </dialog>
  );
}
