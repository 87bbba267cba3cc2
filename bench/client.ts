/** The service's API as the bench needs it. */
export class Client {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** Makes an endpoint of this workspace for a receiver on this machine; returns its id. */
  async endpoint(port: number, settings: object = {}): Promise<string> {
    const { id } = await this.call<{ id: string }>("POST", "/v1/endpoints", {
      url: `http://127.0.0.1:${port}/`,
      ...settings,
    });
    return id;
  }

  /** One request. Throws unless it is answered 2xx. */
  async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  }
}
