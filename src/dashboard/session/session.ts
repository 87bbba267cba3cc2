import { useSyncExternalStore } from "react";
import { Atlas } from "../../sdk/client/index.ts";

/** Where the key lies: it stays in this tab and is gone when the tab is closed. */
const STORED = "atlas.key";

/** Where a new session comes from once this one has expired; a customer's own page. */
const REFRESH = "atlas.refresh";

/** Why somebody has to sign in again; shown once, above the field. */
export type SignedOut = "expired" | "refused" | "by hand";

export interface Session {
  key: string;
  atlas: Atlas;
}

let session: Session | null = null;
let signedOut: SignedOut | null = null;
const listeners = new Set<() => void>();

/**
 * The session that the page begins with: the key in the address (`#key=…`, `#token=…`), which is removed from it at
 * once, or the one that this tab has.
 */
export function beginSession(): void {
  const given = new URLSearchParams(location.hash.slice(1));
  const key = given.get("key") ?? given.get("token") ?? sessionStorage.getItem(STORED);
  if (given.has("key") || given.has("token"))
    history.replaceState(null, "", location.pathname + location.search);
  if (key) signIn(key);
}

export function signIn(key: string): void {
  sessionStorage.setItem(STORED, key);
  session = { key, atlas: clientOf(key) };
  signedOut = null;
  tellListeners();
}

/** Keeps where a new session comes from, as long as this tab: the session that would tell it may be over then. */
export function rememberRefresh(url: string | null): void {
  if (url === null) sessionStorage.removeItem(REFRESH);
  else sessionStorage.setItem(REFRESH, url);
}

/** Gets a new session in place of one that is over, where the workspace says from where. False = there is none. */
export async function refreshSession(): Promise<boolean> {
  const url = sessionStorage.getItem(REFRESH);
  if (url === null) return false;
  try {
    const answer = await fetch(url, { credentials: "include", headers: { Accept: "application/json" } });
    const { token } = (await answer.json()) as { token?: unknown };
    if (!answer.ok || typeof token !== "string" || token === session?.key) return false;
    signIn(token);
    return true;
  } catch {
    return false;
  }
}

export function signOut(why: SignedOut): void {
  sessionStorage.removeItem(STORED);
  sessionStorage.removeItem(REFRESH);
  session = null;
  signedOut = why;
  tellListeners();
}

/** A client with a key that nobody has signed in with yet. */
export function clientOf(key: string): Atlas {
  return new Atlas({ key, baseUrl: location.origin });
}

/** The session, or null while nobody is signed in. */
export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, () => session);
}

/** Why the last session ended. */
export function useSignedOut(): SignedOut | null {
  return useSyncExternalStore(subscribe, () => signedOut);
}

/** The client of a page that only a signed-in person sees. */
export function useAtlas(): Atlas {
  const current = useSession();
  if (current === null) throw new Error("this page needs a session");
  return current.atlas;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tellListeners(): void {
  for (const listener of listeners) listener();
}
