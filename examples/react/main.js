// Starts the page. StrictMode mounts each component twice, which the hook must survive.
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.jsx";

createRoot(document.querySelector("#root")).render(createElement(StrictMode, null, createElement(App)));
