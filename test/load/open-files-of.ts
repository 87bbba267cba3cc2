import { readdirSync } from "node:fs";

/** Looks every 50 ms at how many files a process has open; returns how to ask for the most there were. */
export function watchFiles(pid: () => number): () => number {
  let most = 0;
  const timer = setInterval(() => {
    try {
      most = Math.max(most, readdirSync(`/proc/${pid()}/fd`).length);
    } catch {
      // It has ended, or this system has no /proc: the test itself tells.
    }
  }, 50);
  timer.unref();
  return () => most;
}
