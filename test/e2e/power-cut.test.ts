import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { Service } from "./started-service.ts";

/** Where strace may not look at other processes, or is missing, the order is tested over a disk in the test's hands only. */
const canTrace = spawnSync("strace", ["-f", "-z", "-o", "/dev/null", "true"]).status === 0;

describe.skipIf(!canTrace)("a power cut", () => {
  let service: Service;
  let strace: ChildProcess;
  let calls: string;

  beforeAll(async () => {
    service = await Service.start();
    calls = join(service.dataDir, "calls");
    const pids = [service.process.child.pid, service.workerdPid].flatMap((pid) => ["-p", String(pid)]);
    // `-z`: each call in one line, once it has succeeded.
    const what = ["-f", "-z", "-y", "-s", "0", "-e", "trace=rename,fsync,pwrite64", "-o", calls];
    strace = spawn("strace", [...what, ...pids], { stdio: ["ignore", "ignore", "pipe"] });
    let attached = "";
    strace.stderr?.on("data", (chunk) => {
      attached += chunk;
    });
    await eventually("strace", () => pids.filter((pid) => attached.includes(`Process ${pid}`)).length === 2);
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => strace.once("exit", resolve));
    strace.kill();
    await ended;
    await service.remove();
  });

  it("right after the log pruned events finds their segment on disk: its file and its folder are synced before", async () => {
    // More than a segment: it is archived at once.
    const data = { text: "x".repeat(1_000_000) };
    const events = Array.from({ length: 5 }, () => ({ type: "large.event", data }));
    expect((await service.client.request("POST", "/v1/events/batch", { events })).status).toBe(202);
    const isLogWrite = /^\d+ +pwrite64\(\d+<.*\/do\/[^/]*EventLog\/[0-9a-f]{64}\.sqlite-wal>/;
    const isFolderSync = /^\d+ +fsync\(\d+<.*\/blobs>\)/;
    const seen = await eventually("the pruning", () => {
      const lines = readFileSync(calls, "utf8").split("\n");
      const put = lines.findIndex((line) => /^\d+ +rename\(.*\/blobs\//.test(line));
      const after = put < 0 ? [] : lines.slice(put);
      const syncedAt = after.findIndex((line) => isFolderSync.test(line));
      return after.findIndex((line, i) => i > syncedAt && isLogWrite.test(line)) > 0 && after;
    });
    const blob = /rename\(.*, "([^"]+)"\)/.exec(seen[0] ?? "")?.[1] ?? "none";
    const fileSyncAt = seen.findIndex((line) => line.includes("fsync(") && line.includes(`<${blob}>`));
    const folderSyncAt = seen.findIndex((line) => isFolderSync.test(line));
    const pruneAt = seen.findIndex((line) => isLogWrite.test(line));
    expect(fileSyncAt).toBeGreaterThan(0);
    expect(folderSyncAt).toBeGreaterThan(fileSyncAt);
    expect(pruneAt).toBeGreaterThan(folderSyncAt);
  });
});
