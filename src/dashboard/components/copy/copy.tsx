import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { text } from "../../text/text.ts";
import { Button, IconButton } from "../button/button.tsx";
import { copyText } from "./clipboard.ts";

const SHOWN_MS = 2000;

/** Whether something was copied just now, and how to copy. */
export function useCopy(): [isCopied: boolean, copy: (text: string) => void] {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return [isCopied, (copied) => void copyText(copied).then(() => setIsCopied(true))];
}

/** "Copy", for 2 s "Copied". */
export function CopyButton({ of }: { of: string }) {
  const [isCopied, copy] = useCopy();
  return (
    <Button kind="quiet" isSmall icon={isCopied ? Check : Copy} onClick={() => copy(of)}>
      {isCopied ? text.actions.copied : text.actions.copy}
    </Button>
  );
}

/** An id, cut where it is too long, with a way to copy the whole. */
export function Id({ of }: { of: string }) {
  const [isCopied, copy] = useCopy();
  return (
    <span className="row">
      <span className="mono cut" title={of}>
        {of}
      </span>
      <IconButton
        isSmall
        icon={isCopied ? Check : Copy}
        label={isCopied ? text.actions.copied : text.actions.copyOf(of)}
        onClick={() => copy(of)}
      />
    </span>
  );
}
