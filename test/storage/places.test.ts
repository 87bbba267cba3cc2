import { beforeEach, describe, expect, it, vi } from "vitest";
import { platform } from "../../src/platform.ts";
import { SLEEPERS } from "../../src/storage/open-objects.ts";
import { type OwnPlace, ownPlace, placesOf, type Sleeper } from "../../src/storage/places.ts";

/** Ten logs, two inboxes, two hubs, and the rest for endpoints. */
const SETTINGS = { LIVE_OBJECTS: "40" };

const objects = (() => {
  const places = placesOf(SETTINGS);
  if (places === null) throw new Error("there is no limit");
  return places.ENDPOINT;
})();

/** An object as its place knows it, and whether its life was ended. */
interface Life {
  place: OwnPlace;
  abort: ReturnType<typeof vi.fn>;
}

let count = 0;

/** An object that was just called for the first time; `sync` is what storing takes, `goOn` what calling the next one takes. */
function open(name: string, isIdle: boolean, work: { sync?: () => void; goOn?: () => void } = {}): Life {
  const now = Date.now();
  objects.enter(name, now)?.(now);
  const abort = vi.fn();
  const ctx = { id: { name }, storage: { sync: async () => work.sync?.() }, abort };
  const next = (): Sleeper => ({ goOn: async () => work.goOn?.() });
  const place = ownPlace(
    SETTINGS,
    "ENDPOINT",
    ctx as unknown as DurableObjectState,
    { isIdle },
    platform,
    next,
  );
  return { place, abort };
}

describe("an object that is closed for others", () => {
  let name = "";

  beforeEach(() => {
    name = `own${++count}`;
  });

  it("ends its life and gives its place back", async () => {
    const { place, abort } = open(name, true);
    await place.close();
    expect(abort).toHaveBeenCalledOnce();
    expect(objects.hasPlace(name)).toBe(false);
  });

  it("stays where a call of it is under way, idle or not, asked or forced", async () => {
    const { place, abort } = open(name, true);
    const leave = objects.enter(name, Date.now());
    await place.close();
    await place.close(true);
    expect(abort).not.toHaveBeenCalled();
    expect(objects.isCalled(name)).toBe(true);
    leave?.(Date.now());
    await place.close();
    expect(abort).toHaveBeenCalledOnce();
  });

  it("stays where a call comes while what it has is stored", async () => {
    const { place, abort } = open(name, true, { sync: () => objects.enter(name, Date.now()) });
    await place.close();
    expect(abort).not.toHaveBeenCalled();
    expect(objects.isCalled(name)).toBe(true);
    objects.noteClosed(name, true, Date.now());
  });

  it("is closed by force although it works, and not otherwise", async () => {
    const { place, abort } = open(name, false);
    await place.close();
    expect(abort).not.toHaveBeenCalled();
    await place.close(true);
    expect(abort).toHaveBeenCalledOnce();
  });

  it("stays where a call comes while the next ones are called: that call would fail with it", async () => {
    const others: string[] = [];
    while (objects.take(`other${others.length}`, Date.now())) others.push(`other${others.length}`);
    const closeOthers = () => {
      for (const other of others.splice(0, 10)) objects.noteClosed(other, true, Date.now());
    };
    closeOthers();
    const called = vi.fn(() => {
      closeOthers();
      objects.enter(name, Date.now());
    });
    const { place, abort } = open(name, true, { goOn: called });
    while (objects.take(`more${others.length}`, Date.now())) others.push(`more${others.length}`);
    objects.take("sleeper", Date.now(), SLEEPERS);
    await place.close();
    expect(called).toHaveBeenCalled();
    expect(objects.isCalled(name)).toBe(true);
    expect(abort).not.toHaveBeenCalled();
  });
});

it("shares the places: each class of objects has its own, and together they are no more than there are", () => {
  const { ENDPOINT, EVENT_LOG, INBOX, HUB } = placesOf(SETTINGS) ?? {};
  expect([ENDPOINT, EVENT_LOG, INBOX, HUB].map((each) => each?.capacity)).toEqual([26, 10, 2, 2]);
});
