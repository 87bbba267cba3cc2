import { Ellipsis, List, Pause, Pencil, Play, X } from "lucide-react";
import { Link, useLocation } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useSetStatus } from "../../api/endpoints.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Button, IconButton } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { Menu } from "../../components/menu/menu.tsx";
import { type Selection, useSelection } from "../../components/table/selection.ts";
import { SelectCell, selectColumn, silentColumn, Table } from "../../components/table/table.tsx";
import { endpointName, numberText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { endpointState, healthTexts, rulesText } from "./standing.ts";

const t = text.endpoints;

const COLUMNS = [
  { title: t.columns.endpoint },
  { title: t.columns.status },
  { title: t.columns.delivered, className: "right hide-s" },
  { title: t.columns.latency, className: "right hide-m" },
  { title: t.columns.retried, className: "right hide-m" },
  { title: t.columns.dead, className: "right hide-m" },
  { title: t.columns.waiting, className: "right hide-l" },
  silentColumn(t.columns.actions, "hide-s"),
];

/** Endpoints as rows, with what can be done with one or with many. */
export function EndpointTable({ rows, mayWrite }: { rows: readonly Endpoint[]; mayWrite: boolean }) {
  const [, navigate] = useLocation();
  const selection = useSelection(
    rows,
    ({ id }) => id,
    ({ id }) => navigate(`/endpoints/${id}`),
  );
  return (
    <>
      <Table columns={mayWrite ? [selectColumn(t.selectAll, selection), ...COLUMNS] : COLUMNS}>
        <tbody>
          {rows.map((row, index) => (
            <EndpointRow
              key={row.id}
              endpoint={row}
              index={index}
              selection={selection}
              mayWrite={mayWrite}
            />
          ))}
        </tbody>
      </Table>
      {selection.selected.size > 0 && <StatusBar selection={selection} />}
    </>
  );
}

interface EndpointRowProps {
  endpoint: Endpoint;
  index: number;
  selection: Selection<Endpoint>;
  mayWrite: boolean;
}

function EndpointRow({ endpoint, index, selection, mayWrite }: EndpointRowProps) {
  const [, navigate] = useLocation();
  const setStatus = useSetStatus();
  const name = endpointName(endpoint.url);
  const health = healthTexts(endpoint);
  const isEnabled = endpoint.status === "enabled";
  return (
    <tr
      aria-selected={selection.isSelected(endpoint)}
      className={selection.cursor === index ? "cursor" : undefined}
    >
      {mayWrite && (
        <SelectCell
          label={text.deliveries.select(name)}
          index={index}
          isSelected={selection.isSelected(endpoint)}
          onToggle={selection.toggle}
        />
      )}
      <td className="wide">
        <div className="two">
          <Link className="cut" href={`/endpoints/${endpoint.id}`}>
            {name}
          </Link>
          <small className="cut">{endpoint.description || rulesText(endpoint)}</small>
        </div>
      </td>
      <td>
        <Badge state={endpointState(endpoint)} />
      </td>
      <td className="right num hide-s">
        {health.delivered ?? (
          <span className="faint">{endpoint.health === null ? t.noAttempt : t.noneEnded}</span>
        )}
      </td>
      <td className="right num hide-m">{health.latency}</td>
      <td className="right num hide-m">{health.retried}</td>
      <td className="right num hide-m">
        {health.dead === 0 ? (
          <span className="faint">0</span>
        ) : (
          <Link className="bad t" href={`/endpoints/${endpoint.id}/deliveries?status=dead`}>
            {numberText(health.dead)}
          </Link>
        )}
      </td>
      <td className="right num hide-l">
        {health.pending === 0 ? <span className="faint">0</span> : numberText(health.pending)}
      </td>
      <td className="hide-s">
        <Menu
          className="btn quiet sm icon"
          label={t.actionsFor(name)}
          items={[
            {
              title: t.seeDeliveries,
              icon: List,
              onSelect: () => navigate(`/endpoints/${endpoint.id}/deliveries`),
            },
            ...(mayWrite
              ? [
                  {
                    title: isEnabled ? text.actions.pause : text.actions.resume,
                    icon: isEnabled ? Pause : Play,
                    onSelect: () => setStatus([endpoint.id], isEnabled ? "paused" : "enabled"),
                  },
                  {
                    title: text.actions.edit,
                    icon: Pencil,
                    onSelect: () => navigate(`/endpoints/${endpoint.id}/edit`),
                  },
                ]
              : []),
          ]}
        >
          <Icon of={Ellipsis} />
        </Menu>
      </td>
    </tr>
  );
}

/** Many endpoints at once. */
function StatusBar({ selection }: { selection: Selection<Endpoint> }) {
  const setStatus = useSetStatus();
  const ids = [...selection.selected.keys()];
  const set = (status: "paused" | "enabled") => {
    setStatus(ids, status);
    selection.clear();
  };
  return (
    <div className="bulk" role="region" aria-label={text.deliveries.selection}>
      <b className="num">{text.deliveries.selected(ids.length)}</b>
      <Button isSmall icon={Pause} onClick={() => set("paused")}>
        {text.actions.pause}
      </Button>
      <Button isSmall icon={Play} onClick={() => set("enabled")}>
        {text.actions.resume}
      </Button>
      <IconButton isSmall icon={X} label={text.deliveries.clearSelection} onClick={selection.clear} />
    </div>
  );
}
