import { useMemo, useState } from "react";
import { Button } from "../../components/button/button.tsx";
import { Card } from "../../components/card/card.tsx";
import { firstDifference, hexText, utf8 } from "../../signature/bytes.ts";
import { text } from "../../text/text.ts";
import styles from "./signature.module.css";

const t = text.signature;

/** So many bytes are shown at first, and with each press more. */
const SHOWN = 128;

/** So many before the first difference. */
const BEFORE = 24;

/** What was signed, byte by byte; where the receiver has something else, both from just before they differ. */
export function SignedBytes({
  prefix,
  signed,
  received,
}: {
  prefix: string;
  signed: string;
  received: string;
}) {
  const [count, setCount] = useState(SHOWN);
  const one = useMemo(() => utf8(prefix + signed), [prefix, signed]);
  const other = useMemo(() => utf8(prefix + received), [prefix, received]);
  const differsAt = useMemo(() => firstDifference(one, other), [one, other]);
  const from = differsAt === null ? 0 : Math.max(0, differsAt - BEFORE);
  const to = Math.min(one.length, from + count);
  return (
    <Card title={t.signed} aside={<span className="faint num">{t.sizes(one.length, other.length)}</span>}>
      <div className="body stack close">
        <p className="hint">{t.signedBytes(from, Math.max(from, to - 1))}</p>
        <Bytes of={one} from={from} to={to} differsAt={differsAt} />
        {differsAt !== null && (
          <>
            <p className="hint">{t.receivedBytes}</p>
            <Bytes of={other} from={from} to={Math.min(other.length, from + count)} differsAt={differsAt} />
          </>
        )}
        {to < one.length && (
          <div className="row">
            <Button kind="quiet" isSmall onClick={() => setCount(count * 4)}>
              {t.more}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}

function Bytes({
  of,
  from,
  to,
  differsAt,
}: {
  of: Uint8Array;
  from: number;
  to: number;
  differsAt: number | null;
}) {
  return (
    <div className={styles.bytes} dir="ltr">
      {Array.from(of.subarray(from, to), (byte, index) => (
        <span
          key={index}
          className={from + index === differsAt ? "warn" : undefined}
          title={t.byte(from + index, hexText(new Uint8Array([byte])))}
        >
          {byteText(byte)}
        </span>
      ))}
    </div>
  );
}

/** A visible character of ASCII as itself, anything else as its number. */
function byteText(byte: number): string {
  if (byte === 0x20) return "␣";
  if (byte === 0x0a) return "\\n";
  if (byte === 0x0d) return "\\r";
  if (byte === 0x09) return "\\t";
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hexText(new Uint8Array([byte]));
}
