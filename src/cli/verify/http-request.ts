import { UsageError } from "../shell/failure.ts";

/** An HTTP request as it was written down. */
export interface WrittenRequest {
  method: string;
  /** As the request line has it. */
  target: string;
  headers: [name: string, value: string][];
  /** The bytes behind the first empty line. */
  body: Buffer;
}

/**
 * Reads a request as it came over the wire, or as an editor wrote it: a request line, headers, an empty line, the body.
 * The request line may be missing. Lines end with CRLF or LF. Throws a UsageError that names the line.
 */
export function readRequest(bytes: Buffer): WrittenRequest {
  const { head, body } = cut(bytes);
  const lines = head.toString("utf8").split(/\r?\n/);
  const requestLine = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(lines[0] ?? "");
  const headers = lines.slice(requestLine ? 1 : 0).map((line, at): [string, string] => {
    const colon = line.indexOf(":");
    if (colon > 0 && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(line.slice(0, colon)))
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    throw new UsageError(
      `Line ${at + (requestLine ? 2 : 1)} is no header: a request is its headers, as "webhook-id: evt_1", an empty line, and the body.`,
    );
  });
  return { method: requestLine?.[1] ?? "POST", target: requestLine?.[2] ?? "/", headers, body };
}

function cut(bytes: Buffer): { head: Buffer; body: Buffer } {
  const crlf = bytes.indexOf("\r\n\r\n");
  const lf = bytes.indexOf("\n\n");
  if (crlf === -1 && lf === -1)
    throw new UsageError(
      "The request has no empty line between its headers and its body: give it raw, as it came.",
    );
  if (crlf !== -1 && (lf === -1 || crlf < lf))
    return { head: bytes.subarray(0, crlf), body: bytes.subarray(crlf + 4) };
  return { head: bytes.subarray(0, lf), body: bytes.subarray(lf + 2) };
}
