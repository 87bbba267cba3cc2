import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { Atlas, Delivery, TailMessage } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";
import { type DeliveryFilter, useNewest } from "./deliveries.ts";
import { merged, Told } from "./told.ts";

/** The service closes a socket that it does not hear from. */
const PING_MS = 30_000;

/** After a socket was closed the next one is tried, later each time. */
const FIRST_WAIT_MS = 1000;
const MOST_WAIT_MS = 30_000;

/** What a socket goes by; other filters need the lists. */
const WATCHED: ReadonlySet<string> = new Set(["endpoint_id", "status", "type", "error"]);

/** The newest page as `useNewest` has it, with what changes as soon as the service's socket tells it. */
export function useLiveNewest(filter: DeliveryFilter, isOn: boolean) {
  const told = useMemo(() => new Told(), [filter]);
  const isOpen = useTail(filter, isOn, told);
  return useNewest(filter, isOn, { live: { isOpen, told } });
}

/**
 * Puts deliveries among the newest as they change. False while there is no socket, or where the filter is one that sockets
 * do not know: then the list has to be asked for more often.
 */
function useTail(filter: DeliveryFilter, isOn: boolean, told: Told): boolean {
  const atlas = useAtlas();
  const queries = useQueryClient();
  const [isLive, setIsLive] = useState(false);
  const isWatched = Object.keys(filter).every((name) => WATCHED.has(name));
  useEffect(() => {
    if (!isOn || !isWatched) return;
    const queryKey = ["newest deliveries", filter];
    const stop = watch(atlas, filter, {
      onOpen: setIsLive,
      // A list that is just being read for the first time would not be read anew by that alone, and may lack what was left out.
      onGap: () =>
        void queries.cancelQueries({ queryKey }).then(() => queries.invalidateQueries({ queryKey })),
      onDeliveries: (changed) => {
        told.add(changed);
        queries.setQueryData(queryKey, (newest: { data: Delivery[] } | undefined) =>
          newest === undefined ? newest : { ...newest, data: merged(newest.data, changed) },
        );
      },
    });
    return () => {
      stop();
      setIsLive(false);
    };
  }, [filter, isOn, isWatched, atlas, queries, told]);
  return isLive;
}

interface Watcher {
  onOpen(isOpen: boolean): void;
  /** Something was left out: the list has it. */
  onGap(): void;
  onDeliveries(changed: Delivery[]): void;
}

/** Keeps a socket open until it is stopped, and goes on where the last one ended. */
function watch(atlas: Atlas, filter: DeliveryFilter, { onOpen, onGap, onDeliveries }: Watcher): () => void {
  let isStopped = false;
  let socket: WebSocket | null = null;
  let cursor: string | null = null;
  let waitMs = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const again = () => {
    onOpen(false);
    if (isStopped) return;
    timer = setTimeout(open, waitMs);
    waitMs = Math.min(MOST_WAIT_MS, waitMs * 2);
  };
  const open = async () => {
    const ticket = await atlas.deliveries.tailTicket().catch(() => null);
    if (isStopped) return;
    if (ticket === null) return again();
    socket = new WebSocket(addressOf(filter, ticket.ticket, cursor));
    const current = socket;
    const ping = setInterval(() => current.readyState === WebSocket.OPEN && current.send("ping"), PING_MS);
    current.addEventListener("message", ({ data }) => {
      if (data === "pong") return;
      const message = JSON.parse(String(data)) as TailMessage;
      // The list was read before this socket told anything: what changed in between is in neither.
      const isFirst = cursor === null;
      cursor = message.cursor;
      waitMs = FIRST_WAIT_MS;
      if (message.type === "hello") {
        onOpen(true);
        if (message.gap || isFirst) onGap();
        return;
      }
      if (message.ack !== undefined) current.send(message.ack);
      if (message.skipped > 0) onGap();
      if (message.data.length > 0) onDeliveries(message.data);
    });
    current.addEventListener("close", () => {
      clearInterval(ping);
      again();
    });
    return undefined;
  };
  void open();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    // Closed before it is open, a browser complains of it.
    if (socket?.readyState === WebSocket.CONNECTING)
      socket.addEventListener("open", (event) => (event.target as WebSocket).close());
    else socket?.close();
  };
}

function addressOf(filter: DeliveryFilter, ticket: string, cursor: string | null): string {
  const url = new URL("/v1/tail", location.origin.replace(/^http/, "ws"));
  for (const [name, value] of Object.entries({ ...filter, ticket, cursor }))
    if (value != null) url.searchParams.set(name, String(value));
  return url.href;
}
