/**
 * workerd's configuration as data. The fields and their meaning are those of its schema (`workerd.capnp`); what is not
 * listed here is passed on as it is.
 */
export interface WorkerdConfig {
  services: WorkerdService[];
  sockets: WorkerdSocket[];
  extensions?: { modules: WorkerdModule[] }[];
  structuredLogging?: boolean;
  v8Flags?: string[];
}

export interface WorkerdService {
  name: string;
  worker?: {
    modules?: WorkerdModule[];
    bindings?: WorkerdBinding[];
    durableObjectNamespaces?: Fields[];
    [field: string]: Value | undefined;
  };
  network?: Fields;
  external?: Fields;
  /** The path is absolute. */
  disk?: { path: string; writable?: boolean };
}

export interface WorkerdSocket {
  name: string;
  /** With port 0 workerd takes a free one, and tells which. */
  address: string;
  service: { name: string; entrypoint?: string };
  http: Fields;
}

export interface WorkerdModule {
  name: string;
  esModule: string | Embedded;
}

export interface WorkerdBinding {
  name: string;
  [kind: string]: Value | undefined;
}

/** The content of a file: `/…` is looked for in the folder of built files. */
export interface Embedded {
  embed: string;
}

type Fields = { [field: string]: Value | undefined };
type Value = string | number | boolean | readonly Value[] | Fields | WorkerdModule | WorkerdBinding;

/** The configuration in the text form that workerd reads. */
export function configText(config: WorkerdConfig): string {
  return `using Workerd = import "/workerd/workerd.capnp";\n\nconst config :Workerd.Config = ${literal(config as unknown as Fields)};\n`;
}

function literal(value: Value): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(literal).join(", ")}]`;
  if (isEmbedded(value)) return `embed ${quoted(value.embed)}`;
  const fields = Object.entries(value).flatMap(([name, field]) =>
    field === undefined ? [] : [`${name} = ${literal(field)}`],
  );
  return `(${fields.join(", ")})`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isEmbedded(value: object): value is Embedded {
  return "embed" in value;
}

/** What a string of Cap'n Proto's text form may not hold as it is. */
const NOT_PLAIN = /["\\\p{Cc}]/gu;

function quoted(text: string): string {
  const escaped = text.replace(NOT_PLAIN, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
      .join(""),
  );
  return `"${escaped}"`;
}
