/** Put in by what builds the package. */
declare const PACKAGE_VERSION: string | undefined;

/** The package's version; run from source it has none. */
export const VERSION = typeof PACKAGE_VERSION === "undefined" ? "0.0.0" : PACKAGE_VERSION;
