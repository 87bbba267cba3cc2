import { join } from "node:path";
import { defineConfig } from "vite";

/** The dashboard: static files under /dashboard, with everything hashed but the page itself. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/dashboard/",
  css: { modules: { localsConvention: "camelCaseOnly" } },
  oxc: { jsx: { runtime: "automatic" } },
  build: {
    outDir: join(import.meta.dirname, "../../dist/public/dashboard"),
    emptyOutDir: true,
    rolldownOptions: {
      input: {
        dashboard: join(import.meta.dirname, "index.html"),
        // The reader of the API's document, at /docs.
        docs: join(import.meta.dirname, "docs/index.html"),
      },
    },
    target: "es2022",
    // Under the page's policy nothing is inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licences of what is bundled lie beside it.
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8787", "/in": "http://127.0.0.1:8787" } },
});
