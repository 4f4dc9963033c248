// Owns the sample pictures: a photo of the checkout, and a drawing that is made here.

import photo from "../examples/photo.png";

export interface Sample {
  readonly label: string;
  file(): Promise<File>;
}

export const SAMPLES: readonly Sample[] = [
  { label: "Photo", file: async () => new File([await (await fetch(photo)).blob()], "cat.png", { type: "image/png" }) },
  { label: "Drawing", file: async () => new File([await drawing()], "drawing.png", { type: "image/png" }) },
];

/** A harbour at evening: flat colours, thin lines and lettering, which small pictures lose first. */
async function drawing(): Promise<Blob> {
  const canvas = new OffscreenCanvas(144, 108);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser gives no 2D canvas");
  const sky = context.createLinearGradient(0, 0, 0, 70);
  sky.addColorStop(0, "#20435c");
  sky.addColorStop(1, "#f2b280");
  const fill = (colour: string | CanvasGradient, path: string) => {
    context.fillStyle = colour;
    context.fill(new Path2D(path));
  };
  const line = (colour: string, width: number, path: string) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(new Path2D(path));
  };
  fill(sky, "M0 0h144v72H0z");
  fill("#f7e3bd", "M112 46a14 14 0 1 1-28 0 14 14 0 0 1 28 0");
  fill("#7d5a68", "M0 62l22-17 16 10 20-22 26 25 18-9 42 20v6H0z");
  fill("#2c5a6e", "M0 70h144v38H0z");
  line("#f2c598", 1, "M84 76h30M78 82h40M90 88h22M72 94h46M86 100h30");
  fill("#e9e2d0", "M26 84h52l-8 14H34z");
  fill("#b23a12", "M26 84h52l-2 4H28z");
  line("#3a2a2a", 1.4, "M50 84V30");
  fill("#fbf6ea", "M52 32c16 12 22 28 22 46H52z");
  fill("#e2d3b6", "M48 40c-9 10-15 24-17 38h17z");
  line("#3a2a2a", 0.7, "M52 32c16 12 22 28 22 46H52zM48 40c-9 10-15 24-17 38h17zM26 84h52l-8 14H34z");
  context.fillStyle = "#3a2a2a";
  context.font = "bold 7px sans-serif";
  context.fillText("ARGO", 43, 95);
  line("#20303c", 0.8, "M18 22q4-5 8 0q4-5 8 0M122 16q3-4 6 0q3-4 6 0M108 26q3-4 6 0q3-4 6 0");
  return canvas.convertToBlob();
}
