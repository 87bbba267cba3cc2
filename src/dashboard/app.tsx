import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { AtlasError } from "../sdk/client/index.ts";
import { PageHead } from "./components/page-head/page-head.tsx";
import { Empty, Skeleton } from "./components/states/states.tsx";
import { SignIn } from "./pages/sign-in/sign-in.tsx";
import { beginSession, signOut, useSession } from "./session/session.ts";
import { Shell } from "./shell/shell.tsx";

beginSession();

// Each page when it is first gone to: the first view waits for its own alone.
const Endpoints = lazy(async () => ({
  default: (await import("./pages/endpoints/endpoints.tsx")).Endpoints,
}));
const Deliveries = lazy(async () => ({
  default: (await import("./pages/deliveries/deliveries.tsx")).Deliveries,
}));
const DeliveryPage = lazy(async () => ({
  default: (await import("./pages/delivery/delivery.tsx")).DeliveryPage,
}));

/** The page: the way in, or what the signed-in key sees. */
export function App() {
  const session = useSession();
  useEndOfSession();
  if (session === null) return <SignIn />;
  return (
    <Router base="/dashboard">
      <Shell>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/">
              <Redirect to="/endpoints" replace />
            </Route>
            <Route path="/endpoints" component={Endpoints} />
            <Route path="/deliveries" component={Deliveries} />
            <Route path="/deliveries/:endpointId/:deliveryId" component={DeliveryPage} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </Shell>
    </Router>
  );
}

function Loading() {
  return (
    <div className="card">
      <Skeleton lines={8} />
    </div>
  );
}

function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <div className="card">
        <Empty title="There is no such page">
          The address may have been mistyped, or what it names was deleted.
        </Empty>
      </div>
    </>
  );
}

/** A key that stops working ends the session; what was loaded with it is forgotten with it. */
function useEndOfSession(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ query }) => {
        const { error } = query.state;
        if (!(error instanceof AtlasError) || error.code !== "unauthorized") return;
        signOut("refused");
        queries.clear();
      }),
    [queries],
  );
}
