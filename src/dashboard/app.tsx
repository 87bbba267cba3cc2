import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Route, Router, Switch } from "wouter";
import { AtlasError } from "../sdk/client/index.ts";
import { PageHead } from "./components/page-head/page-head.tsx";
import { Empty } from "./components/states/states.tsx";
import { Endpoints } from "./pages/endpoints/endpoints.tsx";
import { SignIn } from "./pages/sign-in/sign-in.tsx";
import { beginSession, signOut, useSession } from "./session/session.ts";
import { Shell } from "./shell/shell.tsx";

beginSession();

/** The page: the way in, or what the signed-in key sees. */
export function App() {
  const session = useSession();
  useEndOfSession();
  if (session === null) return <SignIn />;
  return (
    <Router base="/dashboard">
      <Shell>
        <Switch>
          <Route path="/endpoints" component={Endpoints} />
          <Route component={NotFound} />
        </Switch>
      </Shell>
    </Router>
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
