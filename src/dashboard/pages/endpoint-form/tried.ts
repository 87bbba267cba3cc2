import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { NewEndpoint, NewestPreview } from "../../../sdk/client/index.ts";
import { useAtlas } from "../../session/session.ts";

/** Conditions are tried once nobody has typed for so long. */
const PAUSE_MS = 500;

/** What an endpoint's conditions would take of the newest events, while they are typed. */
export function useTried(body: NewEndpoint, isOn: boolean) {
  const atlas = useAtlas();
  const conditions = useSettled(conditionsOf(body));
  return useQuery({
    queryKey: ["preview", conditions],
    queryFn: ({ signal }) => atlas.events.preview(conditions, { signal }),
    enabled: isOn,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

function conditionsOf({ types, stages, tags, context, filter }: NewEndpoint): Omit<NewestPreview, "limit"> {
  return {
    types: types && types.length > 0 ? types : ["*"],
    stages: stages ?? [],
    tags: tags ?? [],
    context: context ?? {},
    filter: filter ?? null,
  };
}

/** The value once it has stayed for a while. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}
