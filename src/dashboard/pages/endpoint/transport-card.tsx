import type { Endpoint } from "../../../sdk/client/index.ts";
import { Card } from "../../components/card/card.tsx";
import { Code } from "../../components/code/code.tsx";
import { text } from "../../text/text.ts";
import { transportCommand } from "./transport-command.ts";

const t = text.transport;

/** How the attempts of an endpoint leave that is not called, who is there to take them, and how to be. */
export function TransportCard({ endpoint, listeners }: { endpoint: Endpoint; listeners: number | null }) {
  return (
    <Card
      title={t.title}
      aside={listeners !== null && <span className="faint">{t.listeners(listeners)}</span>}
    >
      <div className="body stack">
        <p>{endpoint.transport === "pull" ? t.pullMeans : t.listenMeans}</p>
        <Code of={transportCommand(endpoint)} title={t.command} name={t.command} />
      </div>
    </Card>
  );
}
