import type { LucideIcon } from "lucide-react";
import { ArrowRight, Pause, Play, Webhook } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useEndpoints, useSetStatus } from "../api/endpoints.ts";
import { useMayWrite } from "../api/key.ts";
import { Icon } from "../components/button/icon.tsx";
import { endpointName } from "../text/format.ts";
import { text } from "../text/text.ts";
import { placesOf } from "./navigation.ts";

const t = text.shell.palette;

interface Hit {
  group: string;
  title: string;
  icon: LucideIcon;
  act(): void;
}

/** So many endpoints are shown; typing narrows. */
const ENDPOINTS_SHOWN = 8;

/** Goes to a page, an endpoint, or what a pasted id names; pauses and resumes. */
export function Palette({ role, onClose }: { role: Parameters<typeof placesOf>[0]; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const hits = useHits(role, typed.trim());
  useEffect(() => {
    const opened = dialog.current;
    const before = document.activeElement;
    if (opened && !opened.open) opened.showModal();
    return () => {
      opened?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const take = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    hit.act();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(hits.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") take(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, by the dialog's own cancel event
    <dialog
      ref={dialog}
      className="palette"
      aria-label={text.shell.jump}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <input
        className="input"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
        aria-label={text.shell.jump}
        placeholder={t.hint}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id={id} aria-label={t.results}>
        {hits.length === 0 && <p className="group-name">{t.nothing}</p>}
        {hits.map((hit, index) => (
          <div key={`${hit.group} ${hit.title}`} role="presentation">
            {hits[index - 1]?.group !== hit.group && (
              <div className="group-name" role="presentation">
                {hit.group}
              </div>
            )}
            <button
              id={`${id}-${index}`}
              type="button"
              role="option"
              tabIndex={-1}
              className="option"
              aria-selected={index === at}
              onPointerMove={() => setAt(index)}
              onClick={() => take(hit)}
            >
              <Icon of={hit.icon} />
              <span className="cut">{hit.title}</span>
            </button>
          </div>
        ))}
      </div>
      <footer>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> {t.move}
        </span>
        <span>
          <kbd>Enter</kbd> {t.take}
        </span>
        <span>
          <kbd>Esc</kbd> {t.close}
        </span>
      </footer>
    </dialog>
  );
}

function useHits(role: Parameters<typeof placesOf>[0], typed: string): Hit[] {
  const [, navigate] = useLocation();
  const setStatus = useSetStatus();
  const mayWrite = useMayWrite();
  const endpoints = useEndpoints({ limit: 200 }).data?.pages.flatMap(({ data }) => data) ?? [];
  const [, verb = "", rest = typed] = /^(pause|resume)?\s*(.*)$/i.exec(typed) ?? [];
  const wanted = rest.toLowerCase();
  const pasted = pastedHit(typed, endpoints, navigate);
  if (pasted !== null) return [pasted];
  const found = endpoints
    .filter(({ url, description }) => `${url} ${description}`.toLowerCase().includes(wanted))
    .slice(0, ENDPOINTS_SHOWN);
  const actions = found
    .filter(
      ({ status }) => mayWrite && verb !== "" && (verb.toLowerCase() === "pause") === (status === "enabled"),
    )
    .map(({ id, url, status }): Hit => {
      const isEnabled = status === "enabled";
      return {
        group: t.actions,
        title: (isEnabled ? t.pause : t.resume)(endpointName(url)),
        icon: isEnabled ? Pause : Play,
        act: () => setStatus([id], isEnabled ? "paused" : "enabled"),
      };
    });
  const pages = placesOf(role)
    .flat()
    .filter(({ name }) => name().toLowerCase().includes(typed.toLowerCase()))
    .map(({ name, icon, path }): Hit => ({ group: t.pages, title: name(), icon, act: () => navigate(path) }));
  return [
    ...actions,
    ...pages,
    ...found.map(
      ({ id, url }): Hit => ({
        group: t.endpoints,
        title: endpointName(url),
        icon: Webhook,
        act: () => navigate(`/endpoints/${id}`),
      }),
    ),
  ];
}

/** What a whole id leads to. A delivery's id tells the end of its endpoint's. */
function pastedHit(
  typed: string,
  endpoints: readonly { id: string }[],
  navigate: (path: string) => void,
): Hit | null {
  const open = (title: string, path: string): Hit => ({
    group: t.ids,
    title,
    icon: ArrowRight,
    act: () => navigate(path),
  });
  if (/^ep_\w{20,}$/.test(typed)) return open(t.openEndpoint(typed), `/endpoints/${typed}`);
  if (/^evt_\w{20,}$/.test(typed)) return open(t.openEvent(typed), `/deliveries?event=${typed}`);
  const delivery = /^dlv_(\w{16})\d{10}$/.exec(typed);
  const endpoint = endpoints.find(({ id }) => delivery?.[1] !== undefined && id.endsWith(delivery[1]));
  return endpoint === undefined ? null : open(t.openDelivery(typed), `/deliveries/${endpoint.id}/${typed}`);
}
