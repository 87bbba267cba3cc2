import { describe, expect, it } from "vitest";
import { isNoise, RuntimeLogs } from "../../src/local/runtime-logs.ts";

it("keeps quiet about receivers that hang up or are not allowed, and about nothing else", () => {
  const noise = [
    "Uncaught exception: kj/async-io-unix.c++:186: disconnected: read(fd, buffer, size): Connection reset by peer",
    "e = rust/worker/ffi.rs:110: failed: connecting to 169.254.169.254:80 is not allowed",
  ];
  const errors = [
    "Uncaught exception: workerd/jsg/value.h:1511: failed: remote.jsg.TypeError: thrown",
    "*** Fatal uncaught kj::Exception: SQLITE_CANTOPEN",
  ];
  expect([...noise, ...errors].filter((message) => isNoise({ message }))).toEqual(noise);
});

describe("workerd's own errors", () => {
  it("are a line without the addresses of their stack", () => {
    const logs = new RuntimeLogs();
    const message =
      "e = kj/async.c++:12: failed: something new\nstack: /bin/workerd@26b6840 /bin/workerd@3739630";
    expect(logs.lineOf({ message })).toBe("e = kj/async.c++:12: failed: something new");
  });

  it("of one kind are printed once a minute, with how many there were since", () => {
    let now = 0;
    const logs = new RuntimeLogs(() => now);
    const lines = Array.from({ length: 120 }, (_, second) => {
      now = second * 1000;
      return logs.lineOf({ message: `broken.c++:7: fd ${second} of peer 10.0.0.${second}` });
    });
    expect(lines.filter((line) => line !== null)).toEqual([
      "broken.c++:7: fd 0 of peer 10.0.0.0",
      "broken.c++:7: fd 60 of peer 10.0.0.60 (59 more like it since the last one)",
    ]);
    expect(logs.lineOf({ message: "another kind" })).toBe("another kind");
  });

  it("do not hold back the service's own lines", () => {
    const logs = new RuntimeLogs();
    const message = '{"level":"warn","message":"hand-over failed"}';
    expect([logs.lineOf({ message }), logs.lineOf({ message })]).toEqual([message, message]);
  });
});
