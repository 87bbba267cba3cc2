import { Ellipsis, Pause, Pencil, Play, Send, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useParams } from "wouter";
import type { Endpoint } from "../../../sdk/client/index.ts";
import { useEndpoint, useSetStatus } from "../../api/endpoints.ts";
import { useMayWrite } from "../../api/key.ts";
import { Badge } from "../../components/badge/badge.tsx";
import { Banner } from "../../components/banner/banner.tsx";
import { Button, ButtonLink } from "../../components/button/button.tsx";
import { Icon } from "../../components/button/icon.tsx";
import { Crumbs } from "../../components/crumbs/crumbs.tsx";
import { Menu, type MenuItem } from "../../components/menu/menu.tsx";
import { PageHead } from "../../components/page-head/page-head.tsx";
import { LoadError, Skeleton } from "../../components/states/states.tsx";
import { LinkTabs } from "../../components/tabs/tabs.tsx";
import { endpointName, hostOf } from "../../text/format.ts";
import { text } from "../../text/text.ts";
import { DeliveryList } from "../deliveries/deliveries.tsx";
import { endpointState } from "../endpoints/standing.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { HealthTab } from "./health-tab.tsx";
import { OrderTab } from "./order-tab.tsx";
import { ReplaysTab } from "./replays-tab.tsx";
import { SecretTab } from "./secret-tab.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { VersionsTab } from "./versions-tab.tsx";

const t = text.endpoint;

/** One endpoint: what its order waits for, its deliveries, how it does. */
export function EndpointPage() {
  const { id = "", tab = "order" } = useParams<{ id: string; tab?: string }>();
  const endpoint = useEndpoint(id);
  if (endpoint.isPending || endpoint.isError) {
    return (
      <>
        <PageHead title={text.endpoints.title} />
        <div className="card">
          {endpoint.isPending ? (
            <Skeleton lines={8} />
          ) : (
            <LoadError what={t.what} error={endpoint.error} retry={() => endpoint.refetch()} />
          )}
        </div>
      </>
    );
  }
  return <Loaded endpoint={endpoint.data} tab={tab} />;
}

function Loaded({ endpoint, tab }: { endpoint: Endpoint; tab: string }) {
  const mayWrite = useMayWrite();
  const at = `/endpoints/${endpoint.id}`;
  return (
    <>
      <Head endpoint={endpoint} mayWrite={mayWrite} />
      {endpoint.status !== "enabled" && <Stopped endpoint={endpoint} mayWrite={mayWrite} />}
      <LinkTabs
        label={t.tabs}
        selected={tab}
        tabs={[
          { name: "order", title: endpoint.serialize ? t.order : t.queue, href: at },
          { name: "deliveries", title: t.deliveries, href: `${at}/deliveries` },
          { name: "health", title: t.health, href: `${at}/health` },
          ...(mayWrite ? [{ name: "secret", title: t.secret, href: `${at}/secret` }] : []),
          { name: "replays", title: t.replays, href: `${at}/replays` },
          { name: "versions", title: t.versions, href: `${at}/versions` },
        ]}
      />
      {tab === "order" && <OrderTab endpoint={endpoint} mayWrite={mayWrite} />}
      {tab === "deliveries" && <DeliveryList endpoint={endpoint} />}
      {tab === "health" && <HealthTab id={endpoint.id} />}
      {tab === "secret" && <SecretTab endpoint={endpoint} />}
      {tab === "versions" && <VersionsTab endpoint={endpoint} mayWrite={mayWrite} />}
      {tab === "replays" && <ReplaysTab endpoint={endpoint} mayWrite={mayWrite} />}
    </>
  );
}

function Head({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const [open, setOpen] = useState<"test" | "delete" | null>(null);
  const setStatus = useSetStatus();
  const name = endpointName(endpoint.url);
  const { id, status } = endpoint;
  const items: MenuItem[] = [
    status === "disabled"
      ? { title: t.enable, icon: Play, onSelect: () => setStatus([id], "enabled") }
      : { title: t.disable, icon: Square, onSelect: () => setStatus([id], "disabled") },
    { title: t.delete, icon: Trash2, isDanger: true, onSelect: () => setOpen("delete") },
  ];
  return (
    <PageHead
      title={name}
      crumbs={
        <Crumbs trail={[{ title: text.endpoints.title, href: "/endpoints" }]} here={hostOf(endpoint.url)} />
      }
      heading={
        <>
          <span className="cut">{name}</span> <Badge state={endpointState(endpoint)} />
          {endpoint.order !== "none" && <span className="tag">{t.inOrder}</span>}
        </>
      }
      lead={endpoint.description || undefined}
    >
      {mayWrite && (
        <>
          <Button icon={Send} onClick={() => setOpen("test")}>
            {t.sendTest}
          </Button>
          {status === "enabled" && (
            <Button icon={Pause} onClick={() => setStatus([id], "paused")}>
              {text.actions.pause}
            </Button>
          )}
          <ButtonLink icon={Pencil} href={`/endpoints/${id}/edit`}>
            {text.actions.edit}
          </ButtonLink>
          <Menu className="btn icon" label={t.more} items={items}>
            <Icon of={Ellipsis} />
          </Menu>
        </>
      )}
      {open === "test" && <TestDialog endpoint={endpoint} onClose={() => setOpen(null)} />}
      {open === "delete" && <DeleteDialog endpoint={endpoint} onClose={() => setOpen(null)} />}
    </PageHead>
  );
}

/** Why nothing is sent, beside what mends it. */
function Stopped({ endpoint, mayWrite }: { endpoint: Endpoint; mayWrite: boolean }) {
  const setStatus = useSetStatus();
  const isPaused = endpoint.status === "paused";
  const reason = (t.reasons as Record<string, string>)[endpoint.status_reason ?? ""] ?? t.reasons.byHand;
  return (
    <Banner
      state={endpoint.status}
      title={isPaused ? t.pausedTitle : t.disabledTitle}
      actions={
        mayWrite && (
          <Button icon={Play} onClick={() => setStatus([endpoint.id], "enabled")}>
            {isPaused ? text.actions.resume : t.enable}
          </Button>
        )
      }
    >
      {reason} {isPaused ? t.pausedMeans : t.disabledMeans}
    </Banner>
  );
}
