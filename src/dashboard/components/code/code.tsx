import { memo, type ReactNode, useMemo, useState } from "react";
import { numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { Button } from "../button/button.tsx";
import { CopyButton } from "../copy/copy.tsx";
import styles from "./code.module.css";
import { codePointText, partsOf } from "./hidden-marks.ts";
import { isRounded, jsonTokens, prettyLines, rawLines, type Token } from "./json-text.ts";

/** Beyond it the rest is folded: a page of a million lines would stand still. */
const LINES_SHOWN = 200;

/** Beyond it a line is cut. */
const LINE_CHARACTERS = 2000;

interface CodeProps {
  /** As it was sent. */
  of: string;
  /** What it is: shown at its head, and its name. */
  title: ReactNode;
  name: string;
  /** JSON in lines of its own, or as it was written. */
  isPretty?: boolean;
  /** Beside the button that copies it. */
  aside?: ReactNode;
}

/** What a machine sent, byte for byte: nothing of it is ever HTML, and nothing hides in it. */
export const Code = memo(function Code({ of, title, name, isPretty = false, aside }: CodeProps) {
  const lines = useMemo(() => linesOf(of, isPretty), [of, isPretty]);
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, LINES_SHOWN);
  return (
    <div className={`${styles.code} ${styles.wraps}`}>
      <div className={styles.codeHead}>
        <span className="cut">{title}</span>
        {aside}
        <CopyButton of={of} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too */}
      <pre tabIndex={0} role="region" aria-label={name} dir="ltr">
        <code>
          {shown.map((line, number) => (
            <Line key={number} tokens={line} />
          ))}
        </code>
      </pre>
      {shown.length < lines.length && (
        <Button kind="quiet" isSmall onClick={() => setIsWhole(true)}>
          {text.code.showLines(lines.length)}
        </Button>
      )}
    </div>
  );
});

/** The line of the first number that JavaScript would round; null = there is none. */
export function roundedLine(of: string): number | null {
  const tokens = jsonTokens(of);
  if (tokens === null) return null;
  const at = prettyLines(tokens).findIndex(hasRounded);
  return at === -1 ? null : at + 1;
}

function linesOf(of: string, isPretty: boolean): Token[][] {
  const tokens = jsonTokens(of);
  if (tokens === null) return of.split("\n").map((line) => [{ kind: "other", text: line }]);
  return isPretty ? prettyLines(tokens) : rawLines(tokens);
}

function hasRounded(line: readonly Token[]): boolean {
  return line.some((token) => token.kind === "number" && isRounded(token.text));
}

const CLASSES: Partial<Record<Token["kind"], string | undefined>> = {
  key: styles.k,
  string: styles.s,
  number: styles.n,
  word: styles.w,
};

function Line({ tokens }: { tokens: readonly Token[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const length = tokens.reduce((sum, token) => sum + token.text.length, 0);
  const isCut = !isWhole && length > LINE_CHARACTERS;
  const shown = isCut ? firstOf(tokens, LINE_CHARACTERS) : tokens;
  return (
    <span className={hasRounded(tokens) ? `${styles.l} ${styles.hit}` : styles.l}>
      {shown.map((token, at) => (
        <span key={at} className={CLASSES[token.kind]}>
          <Plain of={token.text} />
        </span>
      ))}
      {isCut && (
        <Button isSmall kind="quiet" onClick={() => setIsWhole(true)}>
          {text.code.showCharacters(numberText(length))}
        </Button>
      )}
      {tokens.length === 0 && " "}
    </span>
  );
}

function firstOf(tokens: readonly Token[], characters: number): Token[] {
  const first: Token[] = [];
  let left = characters;
  for (const token of tokens) {
    if (left <= 0) break;
    first.push({ ...token, text: token.text.slice(0, left) });
    left -= token.text.length;
  }
  return first;
}

/** Text in which nothing hides. */
export function Plain({ of }: { of: string }) {
  return partsOf(of).map(({ text: part, isHidden }, at) =>
    isHidden ? (
      <span key={at} className={styles.hidden} title={codePointText(part)}>
        {codePointText(part)}
      </span>
    ) : (
      part
    ),
  );
}

/** Bytes with their place and what they are in ASCII. */
export function hexText(of: string): string {
  const bytes = new TextEncoder().encode(of);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}
