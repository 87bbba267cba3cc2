import { describe, expect, it } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import { AuthError, Authenticator } from "../../../src/delivery/attempt/auth.ts";
import type { Send } from "../../../src/delivery/attempt/resend.ts";
import { platform } from "../../../src/platform.ts";
import { START } from "../events.ts";

const deadlines = new Deadlines(platform);

const OAUTH2 = {
  type: "oauth2" as const,
  tokenUrl: "https://tokens.example/",
  clientId: "id",
  clientSecret: "secret",
  scope: null,
};

/** A token endpoint in the test's hands: each request is answered when the test says so. */
function tokenEndpoint() {
  const requests: { answer(body: object | Error): void }[] = [];
  const send = (async () => {
    const body = await new Promise<object | Error>((answer) => requests.push({ answer }));
    if (body instanceof Error) throw body;
    return Response.json(body);
  }) as Send;
  return { requests, send };
}

const open = () => new AbortController().signal;

describe("an OAuth 2.0 token", () => {
  it("is asked for once for all attempts that wait, and one that gives up does not end it for the others", async () => {
    const { requests, send } = tokenEndpoint();
    const authenticator = new Authenticator(OAUTH2);
    const controller = new AbortController();
    const first = authenticator.headers(send, START, controller.signal, deadlines);
    const second = authenticator.headers(send, START, open(), deadlines);
    controller.abort();
    await expect(first).rejects.toThrow(AuthError);
    requests[0]?.answer({ access_token: "one", expires_in: 60 });
    expect(await second).toEqual({ Authorization: "Bearer one" });
    expect(await authenticator.headers(send, START, open(), deadlines)).toEqual({
      Authorization: "Bearer one",
    });
    expect(requests).toHaveLength(1);
  });

  it.each([
    [60, 30],
    [3600, 3570],
    [20, 10],
    [undefined, 270],
    [0, 0],
    [-5, 0],
  ])("that lives %s s is renewed after %i s", async (expiresIn, renewedAfter) => {
    const { requests, send } = tokenEndpoint();
    const authenticator = new Authenticator(OAUTH2);
    const first = authenticator.headers(send, START, open(), deadlines);
    requests[0]?.answer({ access_token: "one", expires_in: expiresIn });
    await first;
    if (renewedAfter > 0)
      await authenticator.headers(send, START + renewedAfter * 1000 - 1, open(), deadlines);
    expect(requests).toHaveLength(1);
    const renewed = authenticator.headers(send, START + renewedAfter * 1000, open(), deadlines);
    expect(requests).toHaveLength(2);
    requests[1]?.answer({ access_token: "two" });
    expect(await renewed).toEqual({ Authorization: "Bearer two" });
  });

  it("that was refused is forgotten, but not the one that took its place", async () => {
    const { requests, send } = tokenEndpoint();
    const authenticator = new Authenticator(OAUTH2);
    const ask = async (token: string) => {
      const headers = authenticator.headers(send, START, open(), deadlines);
      requests.at(-1)?.answer({ access_token: token, expires_in: 60 });
      return headers;
    };
    const refused = await ask("one");
    authenticator.forgetToken(refused);
    expect(await ask("two")).toEqual({ Authorization: "Bearer two" });
    // Another attempt had been refused with the first one as well.
    authenticator.forgetToken(refused);
    await authenticator.headers(send, START, open(), deadlines);
    expect(requests).toHaveLength(2);
  });

  it.each([
    new Error("connection refused"),
    {},
    { access_token: "" },
    { access_token: 7 },
    { access_token: "a\nb" },
    { access_token: " " },
    { access_token: "é" },
  ])("that cannot be had is a failed authentication: %o", async (answer) => {
    const { requests, send } = tokenEndpoint();
    const headers = new Authenticator(OAUTH2).headers(send, START, open(), deadlines);
    requests[0]?.answer(answer);
    await expect(headers).rejects.toThrow(AuthError);
  });
});
