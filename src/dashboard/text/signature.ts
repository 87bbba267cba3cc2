import type { BodyChange } from "../signature/bodies.ts";
import type { Mistake } from "../signature/diagnosis.ts";
import { countText, durationText, numberText } from "./format.ts";

const CHANGES: Readonly<Record<BodyChange, { title: string; means: string; tried: string }>> = {
  "newline added": {
    title: "The body has white space at its end that was not sent.",
    means:
      "Something added it on the way to the check: a template, echo, or an editor. Check the bytes as they came.",
    tried: "Without white space at the end",
  },
  "newline lost": {
    title: "The body lost the line end with which it was signed.",
    means: "Something trimmed it before the check. Check the bytes as they came.",
    tried: "With a trailing newline",
  },
  "line ends changed": {
    title: "The line ends of the body were changed.",
    means: "It was sent with \\n and checked with \\r\\n. Check the bytes as they came.",
    tried: "With \\n as line ends",
  },
  "mark added": {
    title: "The body begins with a byte order mark that was not sent.",
    means: "Something read it as text and wrote it as a file. Check the bytes as they came.",
    tried: "Without a byte order mark",
  },
  "spaces changed": {
    title: "The body was parsed and written again before it was checked.",
    means: "Its spaces are not those that were sent. Check the raw body, and parse it afterwards.",
    tried: "Without spaces between its parts",
  },
  "escapes changed": {
    title: "The body was parsed and written again before it was checked.",
    means: "Its escapes (\\u00e9 or é, \\/ or /) are not those that were sent. Check the raw body.",
    tried: "With other escapes",
  },
  "quoted again": {
    title: "The body is a JSON string that holds the body.",
    means: "It was serialised once more before it was checked. Check the raw body.",
    tried: "The text within the string",
  },
  "wrong charset": {
    title: "The body was read as Latin-1.",
    means: "It is UTF-8. Check its bytes, or decode them as UTF-8.",
    tried: "Read as UTF-8",
  },
};

interface Told {
  title: string;
  means: string;
  /** As it stands among what was tried. */
  tried: string;
}

function told(mistake: Mistake, secret: string | null): Told {
  const of = secret ?? "the secret";
  switch (mistake.kind) {
    case "fits":
      return {
        title: `The signature fits ${of}.`,
        means: "Nothing is wrong with it.",
        tried: "As it stands",
      };
    case "nothing fits":
      return {
        title: "No mistake that is known here makes it fit.",
        means:
          "Most likely the body is not the one that was sent, or the secret is another one. Take the body's bytes before anything parses them, and the secret as the endpoint's page shows it.",
        tried: "",
      };
    case "unreadable":
      return { title: "The headers cannot be read.", means: mistake.problem, tried: "" };
    case "wrong contract":
      return {
        title: `It is signed by the contract “${mistake.other}”.`,
        means:
          "Choose that contract here; in the receiver, verify by its rule, or set the endpoint's dialect.",
        tried: `As contract ${mistake.other}`,
      };
    case "clock":
      return {
        title: `The receiver's clock is ${durationText(Math.abs(mistake.seconds))} ${mistake.seconds > 0 ? "ahead" : "behind"}.`,
        means: `The signature fits ${of}, but five minutes are allowed. Synchronise the clock (NTP), or check what came when it came.`,
        tried: `Time stamp: ${durationText(Math.abs(mistake.seconds))} ${mistake.seconds >= 0 ? "old" : "in the future"}, 5 min allowed`,
      };
    case "body":
      return CHANGES[mistake.change];
    case "not as sent":
      return {
        title: "The body is not the one that was sent.",
        means:
          "It was parsed and written again, or changed on the way: below is where it differs. Check the raw body, and parse it afterwards.",
        tried: "The body as it was sent",
      };
    case "secret with spaces":
      return {
        title: "The secret has a space or a line end around it.",
        means: "Trim it where it is read: files and environment variables often end in a line end.",
        tried: "The secret trimmed",
      };
    case "secret with quotes":
      return {
        title: "The secret stands in quotes that are not part of it.",
        means: "Take the quotes out of the environment variable or file.",
        tried: "The secret without quotes",
      };
    case "prefix lost":
      return {
        title: "The secret has lost its prefix whsec_.",
        means: "Copy the whole secret, with the prefix: it is part of it.",
        tried: "whsec_ put back before the secret",
      };
    case "other endpoint":
      return {
        title: `It is signed with ${of}.`,
        means: "The receiver checks with the secret of another endpoint. Each endpoint has its own.",
        tried: `With ${of}`,
      };
    case "encoding":
      return {
        title: `The signature is written in ${mistake.is}.`,
        means: `The receiver expects the other form. Compare ${mistake.is} with ${mistake.is}.`,
        tried: `Written in ${mistake.is}`,
      };
    case "public key":
      return {
        title: "This is not a secret of this contract.",
        means:
          "It is a public or private key, or a key of the API. Take the endpoint's secret, as its page shows it.",
        tried: "",
      };
    case "comparison":
      return {
        title: "Your code came to the right signature.",
        means:
          "Then the comparison is at fault: compare with the value behind v1= or v1,, not with the whole header, and with each of several.",
        tried: "What your code should come to",
      };
    case "code body":
      return {
        title: "Your code signs a body that was parsed and written again.",
        means: `It is what ${mistake.writer} writes. Take the raw body.`,
        tried: `Your code: ${mistake.writer}`,
      };
    case "code newline":
      return {
        title: "Your code signs the body with a line end behind it.",
        means: "Sign the body alone.",
        tried: "Your code: a trailing newline",
      };
    case "code prefix":
      return {
        title: "Your code takes whsec_ off the secret.",
        means: "In this contract the whole secret is the key, its prefix too.",
        tried: "Your code: whsec_ taken off",
      };
    case "code decodes":
      return {
        title: "Your code decodes the secret from base64.",
        means: "In this contract the characters of the secret are the key.",
        tried: "Your code: the secret decoded",
      };
    case "code does not decode":
      return {
        title: "Your code takes the secret's characters as the key.",
        means: "In this contract the key is what follows whsec_, decoded from base64.",
        tried: "Your code: the secret not decoded",
      };
    case "code leaves out":
      return {
        title:
          mistake.what === "time"
            ? "Your code signs the body alone."
            : "Your code leaves out the webhook-id.",
        means: "The signed string is shown below: it begins before the body.",
        tried: mistake.what === "time" ? "Your code: the body alone" : "Your code: without the id",
      };
    case "code encoding":
      return {
        title: `Your code writes the signature in ${mistake.is}.`,
        means: "Write it as the header does.",
        tried: `Your code: ${mistake.is}`,
      };
  }
}

export const signature = {
  title: "Signature debugger",
  lead: "Paste what your receiver got. The check runs in this browser: neither the secret nor the body leaves it.",
  from: "From a delivery",
  fromInbox: "From the inbox",
  got: "What your receiver got",
  contract: "Contract",
  headers: "Headers",
  headersHint: "Name: value, one a line; or the signature's value alone.",
  body: "Body",
  bodyHint: "As your code has it when it checks.",
  secrets: "Secrets",
  secretsHint: "One a line. They stay in this tab.",
  clock: "Receiver's clock",
  clockHint: "When it checked: a time, or Unix seconds. Empty: the clock is not judged.",
  clockProblem: "This is no time.",
  computed: "What your code came to",
  computedHint: "Optional: the signature that it computed tells what it does otherwise.",
  others: "Try the other endpoints' secrets",
  othersTried: (count: number) => `${countText(count, "secret")} of other endpoints are tried too.`,
  loading: "Loading the delivery.",
  what: "The delivery",
  newest: "the newest secret",
  older: "the older secret",
  publicKey: "the public key",
  given: (number: number, all: number) => (all === 1 ? "the secret" : `secret ${number}`),
  secretOf: (endpoint: string) => `the secret of ${endpoint}`,
  waiting: "Paste headers, body and secret",
  waitingMeans: "The one mistake that fits is named here, with what was tried.",
  found: "Cause found",
  fits: "It fits",
  open: "Not found",
  header: "The header",
  wellFormed: "well formed",
  malformed: "cannot be read",
  time: "Time",
  signatureOf: (characters: number, encoding: string) => `${characters} characters, ${encoding}`,
  signed: "The signed string",
  sizes: (sent: number, received: number) =>
    sent === received
      ? `${countText(sent, "byte")}`
      : `${numberText(sent)} bytes signed, ${numberText(received)} received`,
  signedBytes: (from: number, to: number) => `Signed, bytes ${numberText(from)} to ${numberText(to)}`,
  receivedBytes: "Received",
  byte: (at: number, hex: string) => `Byte ${numberText(at)}: 0x${hex}`,
  more: "Show more bytes",
  tried: "What was tried",
  checks: (count: number) => countText(count, "check"),
  doesFit: "fits",
  doesNotFit: "does not fit",
  inTime: "in time",
  outOfTime: "out of time",
  with: (tried: string, secret: string | null) => (secret === null ? tried : `${tried}, ${secret}`),
  fix: "The raw body in",
  told,
};
