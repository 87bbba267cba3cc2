import { describe, expect, it } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import { InvalidAnswer, NoAnswer } from "../../../src/delivery/attempt/answer-errors.ts";
import { Diagnoses } from "../../../src/delivery/attempt/diagnose.ts";
import { parseAllowedNetworks } from "../../../src/domain/networks.ts";
import { platform } from "../../../src/platform.ts";

const HOOKS = "http://127.0.0.1:9/webhooks";

describe("the diagnosis of failed attempts", () => {
  it("is made once for a thousand that fail within a second", async () => {
    const { diagnoses, opened } = rig();
    const reasons = Array.from({ length: 1000 }, () => diagnoses.reasonOf(lost(), HOOKS));
    expect(new Set(await Promise.all(reasons))).toEqual(new Set(["connect"]));
    expect(opened()).toBe(1);
  });

  it("is made once for failures whose texts differ in their reference alone", async () => {
    const { diagnoses, opened } = rig();
    await diagnoses.reasonOf(new Error("internal error; reference = a1"), HOOKS);
    await diagnoses.reasonOf(new Error("internal error; reference = b2"), HOOKS);
    expect(opened()).toBe(1);
  });

  it("is made anew after a second, for another URL, and for a failure of another kind", async () => {
    const { diagnoses, opened, clock } = rig();
    await diagnoses.reasonOf(lost(), HOOKS);
    clock.now += 999;
    await diagnoses.reasonOf(lost(), HOOKS);
    expect(opened()).toBe(1);
    clock.now += 1;
    await diagnoses.reasonOf(lost(), HOOKS);
    expect(opened()).toBe(2);
    await diagnoses.reasonOf(lost(), `${HOOKS}/other`);
    expect(opened()).toBe(3);
    await diagnoses.reasonOf(new Error("internal error"), `${HOOKS}/other`);
    expect(opened()).toBe(4);
  });

  it("is made anew when the clock was set back", async () => {
    const { diagnoses, opened, clock } = rig();
    await diagnoses.reasonOf(lost(), HOOKS);
    clock.now -= 3_600_000;
    await diagnoses.reasonOf(lost(), HOOKS);
    expect(opened()).toBe(2);
  });

  it("needs no connection where the answer itself was seen, and is not kept for others then", async () => {
    const { diagnoses, opened } = rig();
    expect(await diagnoses.reasonOf(new InvalidAnswer("HTTP/2"), HOOKS)).toBe("invalid_answer");
    expect(await diagnoses.reasonOf(new NoAnswer("closed"), HOOKS)).toBe("reset");
    expect(opened()).toBe(0);
    expect(await diagnoses.reasonOf(lost(), HOOKS)).toBe("connect");
  });
});

/** Diagnoses where every connection is refused, and how many were tried. */
function rig() {
  const clock = { now: 1_700_000_000_000 };
  let opened = 0;
  const connect = (): Socket => {
    opened++;
    throw new Error("refused");
  };
  const port = {
    connect,
    resolve: null,
    networks: parseAllowedNetworks("127.0.0.0/8"),
    deadlines: new Deadlines(platform),
  };
  return { diagnoses: new Diagnoses(port, () => clock.now), opened: () => opened, clock };
}

function lost(): Error {
  return new Error("Network connection lost.");
}
