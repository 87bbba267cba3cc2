import { expect, it } from "vitest";
import { FromLogs } from "../../src/delivery/from-logs.ts";
import { event } from "./events.ts";

/** An endpoint's object to which logs hand over, and what waits until `settle` is called. */
function waitingLife() {
  const { promise, resolve: settle } = Promise.withResolvers<void>();
  const taken: string[] = [];
  const take = ({ logId }: { logId: string }) => {
    taken.push(logId);
    return { outcome: "taken" };
  };
  const parts = { intake: { takenOf: (logId: string) => logId.length }, tail: { hear: () => {} } };
  const runner = {
    ...{ isReady: true, isErased: false, exists: async () => true, start: () => {} },
    handedOver: {
      awaitOtherLogs: ({ logId }: { logId: string }) => (logId === "ws_1" ? null : promise),
      take,
    },
  };
  const fromLogs = new FromLogs(
    parts as unknown as ConstructorParameters<typeof FromLogs>[0],
    runner as unknown as ConstructorParameters<typeof FromLogs>[1],
  );
  const handOver = (logId: string, bytes: number) =>
    fromLogs.take({
      ...{ workspaceId: "ws_1", logId, after: null, isAll: true },
      events: [{ ...event(1), data: "x".repeat(bytes) }],
    });
  return { handOver, settle, taken };
}

it("batches that wait for another log's hold 4 MB, be they of however many logs; what is more stays with its log", async () => {
  const { handOver, settle, taken } = waitingLife();
  const waiting = Array.from({ length: 3 }, (_, n) => handOver(`ws_1/${n + 1}`, 1_200_000));
  expect(await handOver("ws_1/10", 1_200_000)).toEqual({ outcome: "full", taken: "ws_1/10".length });
  expect(await handOver("ws_1", 1_200_000)).toEqual({ outcome: "taken" });
  const small = handOver("ws_1/5", 1000);
  settle();
  expect(await Promise.all([...waiting, small])).toEqual(Array(4).fill({ outcome: "taken" }));
  expect(taken).toEqual(["ws_1", "ws_1/1", "ws_1/2", "ws_1/3", "ws_1/5"]);
  // What waited is gone.
  expect(await handOver("ws_1/6", 3_900_000)).toEqual({ outcome: "taken" });
});

it("a batch that is larger than what may wait waits alone", async () => {
  const { handOver, settle } = waitingLife();
  const large = handOver("ws_1/1", 5_000_000);
  expect(await handOver("ws_1/2", 1)).toMatchObject({ outcome: "full" });
  settle();
  expect(await large).toEqual({ outcome: "taken" });
});
