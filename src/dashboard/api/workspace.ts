import { useQuery } from "@tanstack/react-query";
import { useAtlas } from "../session/session.ts";

/** The key's own workspace. */
export function useWorkspace() {
  const atlas = useAtlas();
  return useQuery({ queryKey: ["workspace"], queryFn: ({ signal }) => atlas.workspace.get({ signal }) });
}
