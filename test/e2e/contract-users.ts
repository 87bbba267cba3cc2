import { type ApiAnswer, Client, type Json } from "./client.ts";
import type { Service } from "./started-service.ts";

/** The clients of the contracts that have a subscribe API of their own, as their users know them. */
export class ContractUsers {
  readonly workspaceId: string;
  readonly #service: Service;
  #workbench: Client | null = null;

  private constructor(service: Service, workspaceId: string) {
    this.#service = service;
    this.workspaceId = workspaceId;
  }

  static async of(service: Service): Promise<ContractUsers> {
    const { id } = await service.client.get("/v1/workspace");
    const users = new ContractUsers(service, String(id));
    users.#workbench = await users.keyOf("workbench");
    return users;
  }

  /** One with a new key of a role. */
  async keyOf(role: string): Promise<Client> {
    const { client, url } = this.#service;
    const { body } = await client.request<{ key: string }>("POST", "/v1/keys", { name: role, role });
    return new Client(url, body.key);
  }

  /** A call as the voice contract's clients make it: the base URL and an `api-key` header. */
  async voice(method: string, path: string, body?: object, key = this.#service.client.key) {
    const response = await fetch(`${this.#service.url}/compat/voice${path}`, {
      method,
      headers: { "api-key": key, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }

  /** A call as the atomic contract's clients make it. */
  atomic(
    method: string,
    path: string,
    body?: object,
    client = this.#workbench,
  ): Promise<ApiAnswer<{ data: Json & { id: string; secret: string } }>> {
    if (client === null) throw new Error("the workbench has no key");
    return client.request(method, `/compat/atomic/v1/${this.workspaceId}${path}`, body);
  }
}
