import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AtlasError } from "../sdk/client/index.ts";
import { App } from "./app.tsx";
import { restoreTheme } from "./shell/theme.ts";
import "./styles/tokens.css";
import "./styles/vocabulary.css";

restoreTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // The client repeats what is safe to repeat; what it gives up on is shown.
      retry: false,
      refetchOnWindowFocus: (query) => !(query.state.error instanceof AtlasError),
    },
  },
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
