import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/config/tables.ts",
  out: "./migrations",
});
