import { PLACE_TEXT } from "../endpoints/scan.ts";
import { cursorsOver } from "../http/cursor.ts";

/** A position or a sequence; 16 digits are more than any has, and fewer than a number loses. */
const NUMBER = /^\d{1,16}$/;

/** Its end names the jurisdiction of a workspace that is bound to one. */
const ID = /^[a-z]{2,3}_[0-9A-Z]{26}(_[a-z]{2,8})?$/;

const TYPE = /^[A-Za-z0-9_.-]{1,128}$/;

/** Where a page of each list can start: a cursor may have been made up by its sender. */
const PLACES = {
  audit: ID,
  workspaces: ID,
  keys: ID,
  inboxes: ID,
  "inbox requests": NUMBER,
  endpoints: ID,
  "event types": TYPE,
  events: NUMBER,
  search: NUMBER,
  deliveries: NUMBER,
  "event deliveries": NUMBER,
  "deliveries of all": PLACE_TEXT,
  "deliveries of an event": /^\d{1,6}-\d{1,9}$/,
  explained: /^(named:\d{1,6}|others:ep_[0-9A-Z]{26}(_[a-z]{2,8})?)$/,
  forecast: ID,
  versions: ID,
  stats: PLACE_TEXT,
  replays: ID,
  "replays of all": ID,
  "jobs of a replay": ID,
} as const satisfies Record<string, RegExp>;

export const { cursorOf, startOf, pageOf } = cursorsOver(PLACES);
