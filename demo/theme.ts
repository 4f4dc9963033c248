// Owns the choice between light and dark, which follows the system until it is made. theme.js applies it before the page is drawn.

import { get } from "./dom.js";

const KEY = "esrgan-demo-theme";

export function listenForTheme(): void {
  const button = get("theme");
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const tell = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    tell();
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // Where nothing may be kept, it holds for this visit.
    }
  });
  system.addEventListener("change", tell);
  tell();
}
