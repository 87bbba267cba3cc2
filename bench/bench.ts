import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.ts";
import type { PublisherAnswers } from "./load/publisher.ts";
import type { ReceiverAnswers } from "./receive/receiver.ts";
import type { Bench, Size } from "./section.ts";
import { startService } from "./started-service.ts";

/** Runs something with the processes around the service; they and all that is on disk are gone when it ends. */
export async function withBench(size: Size, run: (bench: Bench) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "atlas-bench-"));
  const bench: Bench = {
    size,
    scratch,
    publisher: new Child<PublisherAnswers>("./load/publisher.ts"),
    secondPublisher: new Child<PublisherAnswers>("./load/publisher.ts"),
    receiver: new Child<ReceiverAnswers>("./receive/receiver.ts"),
    withService: async (use, { settings = {}, environment = {} } = {}) => {
      const service = await startedIn(environment, () => startService(scratch, { env: settings }));
      try {
        return await use(service);
      } finally {
        await service.stop();
      }
    },
    note: (text) => console.log(`  ${text}`),
  };
  try {
    await run(bench);
  } finally {
    for (const child of [bench.publisher, bench.secondPublisher, bench.receiver]) child.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Starts something whose processes inherit these variables. */
async function startedIn<T>(environment: Record<string, string>, start: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return await start();
  } finally {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
