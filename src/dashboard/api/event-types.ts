import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { EventType } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

/** A workspace may have thousands; beyond it names are typed. */
const MOST = 2000;

/** The event types of the workspace. */
export function useEventTypes() {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["event types"],
    queryFn: async ({ signal }) => {
      const types: EventType[] = [];
      for await (const type of atlas.eventTypes.list({ limit: 200 }, { signal })) {
        types.push(type);
        if (types.length === MOST) break;
      }
      return types;
    },
    staleTime: 60_000,
  });
}

/** A type's sample as it goes over the wire; null = none is asked for. */
export function useSample(
  type: string | null,
  dialect: string,
  dialectOptions: Readonly<Record<string, string>> = {},
) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["sample", type, dialect, dialectOptions],
    queryFn: ({ signal }) =>
      atlas.eventTypes.sample(type ?? "", { dialect, dialect_options: dialectOptions }, { signal }),
    enabled: type !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** Whether a pattern such as `deal.*` takes a type. */
export function typeMatches(pattern: string, type: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}

/** The names of the types that a contract names; null = no contract is asked for. */
export function useContractTypes(contract: string | null) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["event types", contract],
    queryFn: async ({ signal }) => {
      const names = new Set<string>();
      const list = atlas.eventTypes.list({ limit: 200, ...(contract !== null && { contract }) }, { signal });
      for await (const { type } of list) names.add(type);
      return names;
    },
    enabled: contract !== null,
    staleTime: 60_000,
  });
}
