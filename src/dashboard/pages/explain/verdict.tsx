import { Repeat } from "lucide-react";
import type { ReactNode } from "react";
import type { Delivery, Endpoint, EventExplanation, EventForecast } from "../../../sdk/client/index.ts";
import { useSetStatus } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Plain } from "../../components/code/code.tsx";
import { Glyph, type State } from "../../components/glyph/glyph.tsx";
import { ClockTime } from "../../components/time/time.tsx";
import { endpointName, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { answerText } from "../deliveries/state.ts";
import { useDeliveryActions } from "../delivery/actions.ts";
import styles from "./explain.module.css";

const t = text.explain;

type Explained = EventExplanation["data"][number];
type Forecasted = EventForecast["data"][number];
type NotMatched = NonNullable<Explained["not_matched"]>;

const STATES: Readonly<Record<Explained["verdict"] | Forecasted["verdict"], State>> = {
  delivered: "delivered",
  pending: "pending",
  dead: "dead",
  canceled: "canceled",
  replayed: "pending",
  missed: "missed",
  not_matched: "unmatched",
  deleted: "disabled",
  not_on_record: "canceled",
  would_deliver: "delivered",
  would_wait: "pending",
  would_miss: "missed",
};

interface RowProps {
  verdict: keyof typeof STATES;
  endpoint: Endpoint | undefined;
  endpointId: string;
  version: number | null;
  children: ReactNode;
  action: ReactNode;
}

function Row({ verdict, endpoint, endpointId, version, children, action }: RowProps) {
  return (
    <li className={styles.verdict}>
      <Glyph state={STATES[verdict]} />
      <div>
        <h3 className="muted cut">
          {endpoint === undefined ? `${t.deletedEndpoint}, ${endpointId}` : endpointName(endpoint.url)}
        </h3>
        <p>
          <b>{t.verdicts[verdict]}</b> {children}
        </p>
        {version !== null && <small>{t.version(version)}</small>}
      </div>
      <div className="row">{action}</div>
    </li>
  );
}

/** What became of the event at one endpoint. */
export function Verdict({
  row,
  endpoint,
  eventId,
}: {
  row: Explained;
  endpoint: Endpoint | undefined;
  eventId: string;
}) {
  const { verdict, delivery, endpoint_id: id } = row;
  const at = `/endpoints/${id}`;
  const open = delivery && <ButtonLink href={deliveryHref(delivery)}>{t.actions.delivery}</ButtonLink>;
  const again = delivery && (
    <>
      {open}
      <ReplayDelivery delivery={delivery} />
    </>
  );
  const actions: Readonly<Record<Explained["verdict"], ReactNode>> = {
    delivered: open,
    pending: <ButtonLink href={at}>{t.actions.order}</ButtonLink>,
    dead: again,
    canceled: again,
    replayed: open,
    missed:
      endpoint?.status === "enabled" ? (
        <ButtonLink href={`/replays?new=missed&endpoint=${id}`}>{t.actions.replay}</ButtonLink>
      ) : (
        <SetEnabled id={id} name={t.actions.enable} />
      ),
    not_matched: <ButtonLink href={`${at}/edit`}>{t.actions.edit}</ButtonLink>,
    deleted: <ButtonLink href={`/audit?target=${id}`}>{t.actions.audit}</ButtonLink>,
    not_on_record: <ButtonLink href={`/deliveries?event=${eventId}`}>{text.deliveries.title}</ButtonLink>,
  };
  return (
    <Row
      verdict={verdict}
      endpoint={endpoint}
      endpointId={id}
      version={row.subscription?.version ?? null}
      action={actions[verdict]}
    >
      <Because row={row} endpoint={endpoint} />
    </Row>
  );
}

function Because({ row, endpoint }: { row: Explained; endpoint: Endpoint | undefined }) {
  const { verdict, delivery, wait, missed, not_matched: notMatched } = row;
  if (notMatched !== null) return <NotMatchedBecause of={notMatched} />;
  if (missed !== null) {
    return (
      <>
        {missed.since === null ? (
          t.missedUnknown
        ) : (
          <>
            {t.missedSince} <ClockTime at={missed.since} />
            {missed.reason === null ? "" : `: ${t.missedReasons[missed.reason]}`}.
          </>
        )}
      </>
    );
  }
  if (verdict === "deleted") return t.deleted;
  if (delivery === null) return t.notOnRecord;
  const sequence = t.as(sequenceText(delivery.sequence));
  if (verdict === "pending") {
    return (
      <>
        {sequence}. {wait === null ? "" : text.order.why[wait.why]}
        {wait?.until && (
          <>
            , {text.order.until} <ClockTime at={wait.until} />
          </>
        )}
        .
      </>
    );
  }
  if (verdict === "dead" || verdict === "canceled") {
    return `${sequence} ${t.afterAttempts(delivery.attempt_count)}: ${answerText(delivery, endpoint)}.`;
  }
  return `${sequence} ${t.attempts(delivery.attempt_count)}: ${answerText(delivery, endpoint)}.`;
}

/** What would become of it at one endpoint. */
export function Forecast({ row, endpoint }: { row: Forecasted; endpoint: Endpoint | undefined }) {
  const { verdict, endpoint_id: id, not_matched: notMatched } = row;
  const sentences: Readonly<Record<Forecasted["verdict"], ReactNode>> = {
    would_deliver: t.wouldDeliver,
    would_wait: t.wouldWait,
    would_miss: t.wouldMiss,
    not_matched: notMatched && <NotMatchedBecause of={notMatched} />,
  };
  const actions: Readonly<Record<Forecasted["verdict"], ReactNode>> = {
    would_deliver: null,
    would_wait: <SetEnabled id={id} name={t.actions.resume} />,
    would_miss: <SetEnabled id={id} name={t.actions.enable} />,
    not_matched: <ButtonLink href={`/endpoints/${id}/edit`}>{t.actions.edit}</ButtonLink>,
  };
  return (
    <Row
      verdict={verdict}
      endpoint={endpoint}
      endpointId={id}
      version={row.subscription?.version ?? null}
      action={actions[verdict]}
    >
      {sentences[verdict]}
    </Row>
  );
}

/** Which condition did not hold, with what was asked for and what there was. */
function NotMatchedBecause({ of }: { of: NotMatched }) {
  const { condition, key, wanted, actual, part, reason, values } = of;
  const sentence = t.conditions[condition] ?? condition;
  if (condition === "filter") {
    return (
      <>
        {sentence} <Quoted of={part ?? ""} />,{" "}
        {reason === null || reason === "is false" ? t.whichWasFalse : reason}
        {values.map(({ expression, value }) => (
          <span key={expression}>
            ; <Quoted of={t.value(expression, value ?? t.hadNone)} />
          </span>
        ))}
        .
      </>
    );
  }
  if (wanted.length === 0) return sentence;
  return (
    <>
      {sentence} <Quoted of={[key, wanted.join(", ")].filter(Boolean).join(" = ")} />:{" "}
      {actual.length === 0 ? (
        t.hadNone
      ) : (
        <>
          {t.was} <Quoted of={actual.join(", ")} />
        </>
      )}
      .
    </>
  );
}

function Quoted({ of }: { of: string }) {
  return (
    <code className="wraps">
      <Plain of={of} />
    </code>
  );
}

function SetEnabled({ id, name }: { id: string; name: string }) {
  const setStatus = useSetStatus();
  const mayWrite = useMayWrite();
  return mayWrite ? <Button onClick={() => setStatus([id], "enabled")}>{name}</Button> : null;
}

function ReplayDelivery({ delivery }: { delivery: Delivery }) {
  const { replay, isBusy } = useDeliveryActions(delivery);
  return useMayWrite() ? (
    <Button icon={Repeat} isBusy={isBusy} onClick={replay}>
      {t.actions.replay}
    </Button>
  ) : null;
}
