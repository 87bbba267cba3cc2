import type { Atlas, DeliveryRequest } from "../../../sdk/client/index.ts";
import { copyText } from "../../components/copy/clipboard.ts";
import { shellQuoted } from "../../text/shell.ts";

/** Copies the newest request of a delivery as a line for a shell. */
export async function copyCurl(
  atlas: Atlas,
  { id, endpoint_id }: { id: string; endpoint_id: string },
): Promise<void> {
  await copyText(curlText(await atlas.endpoints.deliveryRequest(endpoint_id, id)));
}

/** A request as a line for a POSIX shell: nothing in it is taken for the shell's own. */
export function curlText({ method, url, headers, body }: DeliveryRequest): string {
  const lines = [
    `curl -X ${method} ${shellQuoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`),
    `--data-binary ${shellQuoted(body)}`,
  ];
  return lines.join(" \\\n  ");
}

/** A request as editors with an HTTP client read it. */
export function httpFileText({ method, url, headers, body }: DeliveryRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${url}\n${lines.join("\n")}\n\n${body}\n`;
}
