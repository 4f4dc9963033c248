// The theme that was chosen, before anything is drawn.
try {
  const theme = localStorage.getItem("esrgan-demo-theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Pages that may keep nothing follow the system.
}
