import { existsSync, readFileSync } from "node:fs";

/** Linux counts a process's CPU time in ticks of 10 ms. */
const MS_PER_TICK = 10;

/** CPU time that a process has used, milliseconds; null where there is no /proc. */
export function cpuMsOf(pid: number): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  // The command, in parentheses, may hold spaces.
  const fields = readFileSync(file, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Memory that a process holds now and at its most, MiB; null where there is no /proc. */
export function memoryOf(pid: number): { nowMiB: number; mostMiB: number } | null {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  const mebibytes = (name: string) => Number(text.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1] ?? 0) / 1024;
  return { nowMiB: mebibytes("VmRSS"), mostMiB: mebibytes("VmHWM") };
}

/** The share of a core that processes used while something ran; null where there is no /proc. */
export async function coresWhile<T>(
  pids: Record<string, number>,
  run: () => Promise<T>,
): Promise<{ result: T; cores: string | null }> {
  const before = Object.values(pids).map(cpuMsOf);
  const startedAt = performance.now();
  const result = await run();
  const elapsedMs = performance.now() - startedAt;
  const shares = Object.entries(pids).map(([name, pid], i) => {
    const [from, to] = [before[i], cpuMsOf(pid)];
    return from === null || from === undefined || to === null
      ? null
      : `${name} ${((to - from) / elapsedMs).toFixed(2)}`;
  });
  return { result, cores: shares.includes(null) ? null : shares.join(", ") };
}
