import { useQueryClient } from "@tanstack/react-query";
import { type ComponentType, useEffect, useRef } from "react";
import { Route, Router, Switch, useLocation } from "wouter";
import { AtlasError } from "../sdk/client/index.ts";
import { useCurrentKey } from "./api/key.ts";
import { PageHead } from "./components/page-head/page-head.tsx";
import { Empty } from "./components/states/states.tsx";
import { SignIn } from "./pages/sign-in/sign-in.tsx";
import { beginSession, refreshSession, signOut, useSession } from "./session/session.ts";
import { Loading, later } from "./shell/later.tsx";
import { isClosed } from "./shell/navigation.ts";
import { OpenFrame } from "./shell/open-frame.tsx";
import { Shell } from "./shell/shell.tsx";
import { text } from "./text/text.ts";

beginSession();

/** Also without a session: what is pasted there leaves the browser for nowhere. */
const SignatureDebugger = later(
  async () => (await import("./pages/signature/signature.tsx")).SignatureDebugger,
);

const Deliveries = later(async () => (await import("./pages/deliveries/deliveries.tsx")).Deliveries);
const EndpointPage = later(async () => (await import("./pages/endpoint/endpoint.tsx")).EndpointPage);
const DeliveryPage = later(async () => (await import("./pages/delivery/delivery.tsx")).DeliveryPage);

/** What is gone to most is had before it is gone to, once the first view stands. */
const SOON_MS = 800;

/** Each page when it is first gone to: the first view waits for its own alone. */
const PAGES: readonly [path: string, page: ComponentType][] = [
  ["/", later(async () => (await import("./pages/overview/overview.tsx")).Overview)],
  ["/endpoints", later(async () => (await import("./pages/endpoints/endpoints.tsx")).Endpoints)],
  [
    "/endpoints/new",
    later(async () => (await import("./pages/endpoint-form/endpoint-form.tsx")).NewEndpoint),
  ],
  [
    "/endpoints/:id/edit",
    later(async () => (await import("./pages/endpoint-form/endpoint-form.tsx")).EditEndpoint),
  ],
  ["/endpoints/:id/:tab?", EndpointPage],
  ["/deliveries", Deliveries],
  ["/deliveries/:endpointId/:deliveryId", DeliveryPage],
  ["/events/:id?", later(async () => (await import("./pages/events/events.tsx")).Events)],
  [
    "/event-types/:type?",
    later(async () => (await import("./pages/event-types/event-types.tsx")).EventTypes),
  ],
  ["/keys", later(async () => (await import("./pages/keys/keys.tsx")).Keys)],
  ["/audit", later(async () => (await import("./pages/audit/audit.tsx")).Audit)],
  ["/settings", later(async () => (await import("./pages/settings/settings.tsx")).Settings)],
  ["/explain/:id?", later(async () => (await import("./pages/explain/explain.tsx")).Explain)],
  ["/signature", SignatureDebugger],
  ["/inbox/:id?", later(async () => (await import("./pages/inbox/inbox.tsx")).InboxPage)],
  ["/replays", later(async () => (await import("./pages/replays/replays.tsx")).Replays)],
];

/** The page: the way in, or what the signed-in key sees. */
export function App() {
  const session = useSession();
  useEndOfSession();
  const isSignedIn = session !== null;
  useEffect(() => {
    if (!isSignedIn) return;
    const timer = setTimeout(() => {
      for (const page of [Deliveries, DeliveryPage, EndpointPage]) page.load().catch(() => {});
    }, SOON_MS);
    return () => clearTimeout(timer);
  }, [isSignedIn]);
  if (session === null) {
    return (
      <Router base="/dashboard">
        <Switch>
          <Route path="/signature">
            <OpenFrame>
              <SignatureDebugger />
            </OpenFrame>
          </Route>
          <Route component={SignIn} />
        </Switch>
      </Router>
    );
  }
  return (
    <Router base="/dashboard">
      <Shell>
        <Pages />
      </Shell>
    </Router>
  );
}

/** The page of the address, where the key's role has it. */
function Pages() {
  const [path] = useLocation();
  const key = useCurrentKey();
  const role = key.data?.role;
  // What a customer may not see is not asked for before it is known who is there.
  if (key.isPending && isClosed("portal", path)) return <Loading />;
  if (isClosed(role, path)) return <NotFound />;
  return (
    <Switch>
      {PAGES.map(([path, component]) => (
        <Route key={path} path={path} component={component} />
      ))}
      <Route component={NotFound} />
    </Switch>
  );
}

function NotFound() {
  return (
    <>
      <PageHead title={text.shell.notFound} />
      <div className="card">
        <Empty title={text.shell.noPage}>{text.shell.noPageMeans}</Empty>
      </div>
    </>
  );
}

/** A key that stops working ends the session, unless a new one is had; what was loaded with it is forgotten with it. */
function useEndOfSession(): void {
  const queries = useQueryClient();
  const isEnding = useRef(false);
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ query }) => {
        const { error } = query.state;
        if (!(error instanceof AtlasError) || error.code !== "unauthorized" || isEnding.current) return;
        isEnding.current = true;
        void refreshSession().then((isNew) => {
          isEnding.current = false;
          if (isNew) return queries.resetQueries();
          signOut("refused");
          queries.clear();
          return undefined;
        });
      }),
    [queries],
  );
}
