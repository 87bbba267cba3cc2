import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Before each test file of the project `workerd`: it gets a D1 database with all tables and no rows.
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
