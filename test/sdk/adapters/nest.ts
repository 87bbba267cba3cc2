import "reflect-metadata";
import type { AddressInfo } from "node:net";
import { Controller, HttpCode, Module, Post, Req, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { type WithEvent, webhookGuard } from "../../../src/sdk/adapters/nestjs.ts";
import { type AtlasEvent, atlas } from "../../../src/sdk/index.ts";

/**
 * A NestJS application with a guarded controller. Its decorators are called as functions: Node's own TypeScript knows no
 * other.
 */
export async function startNest(
  secret: string | undefined,
  handle: (event: AtlasEvent) => unknown,
): Promise<{ port: number; close(): Promise<void> }> {
  class Webhooks {
    async receive(request: WithEvent<AtlasEvent>): Promise<void> {
      await handle(request.event);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Webhooks.prototype, "receive") as PropertyDescriptor;
  Req()(Webhooks.prototype, "receive", 0);
  HttpCode(204)(Webhooks.prototype, "receive", descriptor);
  Post()(Webhooks.prototype, "receive", descriptor);
  UseGuards(webhookGuard(atlas, () => secret))(Webhooks.prototype, "receive", descriptor);
  Controller("webhooks")(Webhooks);

  class App {}
  Module({ controllers: [Webhooks] })(App);
  const app = await NestFactory.create<NestExpressApplication>(App, { rawBody: true, logger: false });
  app.useBodyParser("json", { limit: "2mb" });
  await app.listen(0, "127.0.0.1");
  return { port: (app.getHttpServer().address() as AddressInfo).port, close: () => app.close() };
}
