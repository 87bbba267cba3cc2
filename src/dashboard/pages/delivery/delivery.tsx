import { ArrowDownToLine, Ban, Copy, Repeat, RotateCw, Signature, Terminal } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import type { DeliveryWithAttempts, Endpoint, EndpointQueue } from "../../../sdk/client/index.ts";
import { useDelivery } from "../../api/deliveries.ts";
import { useEndpoint, useQueue } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Banner } from "../../components/banner/banner.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { Card } from "../../components/card/card.tsx";
import { Crumbs } from "../../components/crumbs/crumbs.tsx";
import { Menu } from "../../components/menu/menu.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { Schedule } from "../../components/schedule/schedule.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { useKeys } from "../../shell/keys.ts";
import { endpointName, hostOf, sequenceText } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { deliveryHref } from "../deliveries/rows.tsx";
import { stateOf } from "../deliveries/state.ts";
import { useDeliveryActions } from "./actions.ts";
import { AttemptCard } from "./attempt-card.tsx";
import { Compare } from "./compare.tsx";
import { Checks, Facts, Policy } from "./facts.tsx";
import { ReplayTo } from "./replay-to.tsx";
import { mostAttempts, stopsOf } from "./stops.tsx";

const t = text.delivery;

/** One delivery: what happened, what comes, and what to do. */
export function DeliveryPage() {
  const { endpointId = "", deliveryId = "" } = useParams<{ endpointId: string; deliveryId: string }>();
  const delivery = useDelivery(endpointId, deliveryId);
  const endpoint = useEndpoint(endpointId);
  if (delivery.isPending || endpoint.isPending) {
    return (
      <>
        <PageHead title={text.deliveries.title} />
        <div className="card">
          <Skeleton lines={8} />
        </div>
      </>
    );
  }
  if (delivery.isError || endpoint.isError) {
    const retry = () => void Promise.all([delivery.refetch(), endpoint.refetch()]);
    return (
      <>
        <PageHead title={text.deliveries.title} />
        <div className="card">
          <LoadError what={t.what} error={delivery.error ?? endpoint.error} retry={retry} />
        </div>
      </>
    );
  }
  return <Loaded key={delivery.data.id} delivery={delivery.data} endpoint={endpoint.data} />;
}

function Loaded({ delivery, endpoint }: { delivery: DeliveryWithAttempts; endpoint: Endpoint }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const newest = delivery.attempts.at(-1)?.number ?? null;
  const shown = chosen ?? newest;
  const attempt = delivery.attempts.find(({ number }) => number === shown);
  const isInOrder = endpoint.serialize && endpoint.status === "enabled" && delivery.status === "pending";
  const queue = useQueue(endpoint.id, isInOrder);
  const isBehind =
    isInOrder && queue.data?.head !== undefined && (queue.data.head?.sequence ?? 0) < delivery.sequence;
  return (
    <>
      <Head delivery={delivery} endpoint={endpoint} isBehind={isBehind} />
      <Held delivery={delivery} endpoint={endpoint} />
      {isBehind && queue.data?.head && <Behind endpoint={endpoint} queue={queue.data} />}
      <Card title={t.schedule} aside={<span className="faint">{madeText(delivery, endpoint)}</span>}>
        <div className="body">
          <Schedule label={t.scheduleLabel} stops={stopsOf(delivery, endpoint, isBehind)} />
        </div>
      </Card>
      <div className="cols">
        <div className="stack">
          <AttemptCard delivery={delivery} attempt={attempt} shown={shown} onShow={setChosen} />
          {delivery.attempts.length > 1 && <Compare attempts={delivery.attempts} />}
        </div>
        <aside className="stack" aria-label={t.facts}>
          <Facts delivery={delivery} endpoint={endpoint} />
          <Policy endpoint={endpoint} attempt={attempt} />
          <Checks attempt={attempt} />
        </aside>
      </div>
    </>
  );
}

function madeText(delivery: DeliveryWithAttempts, endpoint: Endpoint): string {
  return delivery.status === "pending"
    ? t.made(delivery.attempt_count, mostAttempts(endpoint, delivery))
    : t.madeAll(delivery.attempt_count);
}

interface HeadProps {
  delivery: DeliveryWithAttempts;
  endpoint: Endpoint;
  /** Whether an earlier one of a strict order goes first: then it cannot be retried. */
  isBehind: boolean;
}

function Head({ delivery, endpoint, isBehind }: HeadProps) {
  const actions = useDeliveryActions(delivery);
  const mayWrite = useMayWrite();
  const [isChoosing, setIsChoosing] = useState(false);
  const isPending = delivery.status === "pending";
  useKeys({
    r: () => (isPending && mayWrite && !isBehind ? actions.retry() : false),
    c: () => actions.copyCurl(),
  });
  return (
    <PageHead
      title={`${delivery.event_type} ${sequenceText(delivery.sequence)}`}
      crumbs={
        <Crumbs
          trail={[
            { title: text.deliveries.title, href: "/deliveries" },
            { title: hostOf(endpoint.url), href: `/endpoints/${endpoint.id}` },
          ]}
          here={sequenceText(delivery.sequence)}
        />
      }
      heading={
        <>
          <span className="mono-name">{delivery.event_type}</span> <Badge state={stateOf(delivery)} />
        </>
      }
    >
      <Menu
        className="btn"
        items={[
          { title: t.curlSent, icon: Copy, aside: "c", onSelect: actions.copyCurl },
          { title: t.curlAnew, icon: Signature, onSelect: actions.copyCurlAnew },
          { title: t.curlHttp, icon: ArrowDownToLine, onSelect: actions.copyHttp },
        ]}
      >
        <Icon of={Terminal} />
        {t.copyCurl}
      </Menu>
      {mayWrite && isPending && (
        <Button icon={Ban} isBusy={actions.isBusy} onClick={actions.cancel}>
          {t.cancelDelivery}
        </Button>
      )}
      {mayWrite && !isPending && (
        <Button icon={Repeat} isBusy={actions.isBusy} onClick={actions.replay}>
          {text.actions.replay}
        </Button>
      )}
      {mayWrite && <Button onClick={() => setIsChoosing(true)}>{t.replayTo}</Button>}
      {mayWrite && isPending && !isBehind && (
        <Button kind="primary" icon={RotateCw} isBusy={actions.isBusy} onClick={actions.retry}>
          {text.actions.retryNow}
        </Button>
      )}
      {isChoosing && <ReplayTo eventId={delivery.event_id} onClose={() => setIsChoosing(false)} />}
    </PageHead>
  );
}

/** What of the order it waits for. */
function Behind({ endpoint, queue }: { endpoint: Endpoint; queue: EndpointQueue }) {
  const { head, wait } = queue;
  if (head === null) return null;
  const why = wait === null ? "" : (text.order.why[wait.why] ?? "");
  return (
    <Banner
      state="pending"
      title={t.behindTitle(sequenceText(head.sequence))}
      actions={<ButtonLink href={`/endpoints/${endpoint.id}`}>{t.openOrder}</ButtonLink>}
    >
      {t.behind}{" "}
      {why !== "" && (
        <Link href={deliveryHref(head)}>
          {sequenceText(head.sequence)}: {why}.
        </Link>
      )}
    </Banner>
  );
}

/** What of the endpoint holds the delivery, beside what lets it go on. */
function Held({ delivery, endpoint }: { delivery: DeliveryWithAttempts; endpoint: Endpoint }) {
  const { setStatus, isBusy } = useDeliveryActions(delivery);
  const mayWrite = useMayWrite();
  if (delivery.status !== "pending" || endpoint.status === "enabled") return null;
  const isPaused = endpoint.status === "paused";
  return (
    <Banner
      state={endpoint.status}
      title={isPaused ? t.pausedTitle : t.disabledTitle}
      actions={
        mayWrite && (
          <Button isBusy={isBusy} onClick={() => setStatus("enabled")}>
            {text.actions.resume}
          </Button>
        )
      }
    >
      {isPaused ? t.paused : t.disabled}{" "}
      <Link href={`/endpoints/${endpoint.id}`}>{endpointName(endpoint.url)}</Link>
    </Banner>
  );
}
