import { type ComponentType, useEffect, useState } from "react";
import { LoadError, Skeleton } from "../components/states/states.tsx";
import { text } from "../text/text.ts";

/** A component whose code is loaded when it is first shown, or before that by `load`. */
export type Later<Props extends object> = ComponentType<Props> & { load(): Promise<void> };

/**
 * Not `React.lazy`: that shows what stands in for a page at least 300 ms, even where its code is there already, so that
 * each first visit would wait for nothing.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): Later<Props> {
  let loaded: ComponentType<Props> | null = null;
  const loadOnce = async () => {
    loaded ??= await load();
  };
  function LoadedLater(props: Props) {
    const [Shown, setShown] = useState(() => loaded);
    const [error, setError] = useState<unknown>(null);
    const isMissing = Shown === null && error === null;
    useEffect(() => {
      if (!isMissing) return;
      loadOnce().then(
        () => setShown(() => loaded),
        async (failure: unknown) => (await reloadPage()) || setError(failure),
      );
    }, [isMissing]);
    if (Shown !== null) return <Shown {...props} />;
    return error === null ? (
      <Loading />
    ) : (
      <div className="card">
        <LoadError what={text.shell.thePage} error={error} retry={() => setError(null)} />
      </div>
    );
  }
  return Object.assign(LoadedLater, { load: loadOnce });
}

const RELOADED = "atlas.reloaded";
const RELOADS_EVERY_MS = 60_000;

/**
 * A page that is open since before a deploy asks for files that are no more: it is loaded anew, and goes on at the same
 * address. False: it was just now, or the service cannot be reached.
 */
async function reloadPage(): Promise<boolean> {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < RELOADS_EVERY_MS) return false;
  const isThere = await fetch("/dashboard/").then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isThere) return false;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
  return true;
}

export function Loading() {
  return (
    <div className="card">
      <Skeleton lines={8} />
    </div>
  );
}
