"use client";
import { useEffect } from "react";

export default function Page() {
  useEffect(() => {
    import("../main.js"); // in the browser alone: it wants a GPU and workers
  }, []);
  return <h1>esrgan-webgpu</h1>;
}
