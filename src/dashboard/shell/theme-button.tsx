import { SunMoon } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../components/button/button.tsx";
import { text } from "../text/text.ts";
import { nextTheme, storedTheme } from "./theme.ts";

/** System, light, dark, in turn. */
export function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const name = text.shell.theme(theme);
  return <IconButton isSmall icon={SunMoon} label={name} onClick={() => setTheme(nextTheme(theme))} />;
}
