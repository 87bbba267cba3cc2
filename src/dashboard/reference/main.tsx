import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { restoreTheme } from "../shell/theme.ts";
import "../styles/tokens.css";
import "../styles/vocabulary.css";
import { Reference } from "./reference.tsx";

restoreTheme();

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Reference />
  </StrictMode>,
);
