/** A text as a header may carry it, as CloudEvents' HTTP binding says (3.1.3.2): spaces, quotes, percent signs and what is no printable ASCII, as UTF-8. */
export function percentEncoded(text: string): string {
  return text.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, (part) =>
    Buffer.from(part).toString("hex").toUpperCase().replace(/../g, "%$&"),
  );
}
