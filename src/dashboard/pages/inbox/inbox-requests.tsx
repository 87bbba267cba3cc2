import { Fingerprint } from "lucide-react";
import { useState } from "react";
import type { Inbox, InboxRequest } from "../../../sdk/client/index.ts";
import { useInboxRequests } from "../../api/inboxes.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Banner } from "../../components/banner/banner.tsx";
import { ButtonLink } from "../../components/button/button.tsx";
import { Plain } from "../../components/code/code.tsx";
import { HeaderTable } from "../../components/code/header-table.tsx";
import { memberText } from "../../components/code/json-text.ts";
import type { State } from "../../components/glyph/glyph.tsx";
import { Empty } from "../../components/states/states.tsx";
import { ListCard } from "../../components/table/list-card.tsx";
import { ChoiceTable } from "../../components/table/table.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { sizeText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { Body } from "../delivery/attempt-card.tsx";

const t = text.inbox;

/** What arrived, newest first, and one of it whole; the newest unless one was chosen. */
export function InboxRequests({ inbox }: { inbox: Inbox }) {
  const requests = useInboxRequests(inbox.id);
  const [chosen, setChosen] = useState<number | null>(null);
  const rows = requests.data ?? [];
  const shown = rows.find(({ number }) => number === chosen) ?? rows[0];
  return (
    <div className="cols split">
      <ListCard
        title={t.arrived}
        head={
          <>
            <h2>{t.arrived}</h2>
            <span className="row muted">
              <span className="dot beat" />
              {t.live}
            </span>
          </>
        }
        of={requests}
        what={t.whatRequests}
        isEmpty={rows.length === 0}
        empty={{ title: t.nothingTitle, text: t.nothing }}
        lines={6}
      >
        <RequestTable rows={rows} chosen={shown?.number} onChoose={setChosen} />
      </ListCard>
      {shown === undefined ? (
        <section className="card" aria-label={t.shown}>
          <Empty title={t.shown}>{t.nothing}</Empty>
        </section>
      ) : (
        <RequestDetail key={shown.number} inbox={inbox} of={shown} />
      )}
    </div>
  );
}

interface RequestTableProps {
  rows: readonly InboxRequest[];
  chosen: number | undefined;
  onChoose(number: number): void;
}

const COLUMNS = [
  { title: t.columns.request },
  { title: t.columns.signature },
  { title: t.columns.size, className: "right hide-s" },
];

function RequestTable({ rows, chosen, onChoose }: RequestTableProps) {
  return (
    <ChoiceTable
      columns={COLUMNS}
      rows={rows}
      idOf={({ number }) => String(number)}
      chosen={String(chosen)}
      onChoose={({ number }) => onChoose(number)}
      cells={(row) => (
        <>
          <td className="wide">
            <div className="two">
              <button type="button" className="linklike mono cut" onClick={() => onChoose(row.number)}>
                <Plain of={nameOf(row)} />
              </button>
              <small className="cut num">
                #{row.number}, <ClockTime at={row.at} />
              </small>
            </div>
          </td>
          <td>
            <Badge state={STATES[row.signature.verdict]}>{t.verdicts[row.signature.verdict].short}</Badge>
          </td>
          <td className="right num muted hide-s">{sizeText(sizeOf(row))}</td>
        </>
      )}
    />
  );
}

const STATES: Readonly<Record<InboxRequest["signature"]["verdict"], State>> = {
  valid: "delivered",
  header_missing: "dead",
  header_malformed: "dead",
  no_match: "dead",
  too_old: "failing",
  too_new: "failing",
  unsigned: "unmatched",
  no_secret: "unmatched",
};

function RequestDetail({ inbox, of: request }: { inbox: Inbox; of: InboxRequest }) {
  const { verdict } = request.signature;
  const { title, means } = t.verdicts[verdict];
  const size = t.body(sizeText(sizeOf(request)));
  return (
    <section className="card" aria-label={t.shown}>
      <header>
        <h2 className="cut mono-name">
          <Plain of={nameOf(request)} />
        </h2>
        <ButtonLink
          isSmall
          icon={Fingerprint}
          href={`/signature?inbox=${inbox.id}&request=${request.number}`}
        >
          {t.debug}
        </ButtonLink>
      </header>
      <div className="body stack">
        <Banner state={STATES[verdict]} title={title}>
          {means}
        </Banner>
        <p className="mono wraps">
          {request.method} <Plain of={request.path === "" ? "/" : request.path} />
        </p>
        <HeaderTable headers={request.headers} label={t.headers} />
        {request.body === "" ? <p className="hint">{t.noBody}</p> : <Body of={request.body} title={size} />}
        {request.truncated && <p className="hint">{t.truncated}</p>}
      </div>
    </section>
  );
}

/** The type of the event in it, by whichever contract; otherwise how it was sent. */
function nameOf({ body, encoding, method, headers }: InboxRequest): string {
  if (encoding !== "utf8") return t.noEvent(method);
  const named = memberText(body, "type") ?? memberText(body, "event") ?? headers["ce-type"];
  return named === undefined ? t.noEvent(method) : named.replaceAll('"', "").slice(0, 200);
}

function sizeOf({ body, encoding }: InboxRequest): number {
  return encoding === "utf8" ? new TextEncoder().encode(body).length : Math.floor((body.length * 3) / 4);
}
