/** Where Cloudflare may be asked to make objects (Durable Objects, data location). */
export const LOCATIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;

export type Location = (typeof LOCATIONS)[number];

/** Where a workspace's objects may be bound to run and to keep what they store. */
export const JURISDICTIONS = ["eu", "us"] as const;

export type Jurisdiction = (typeof JURISDICTIONS)[number];
