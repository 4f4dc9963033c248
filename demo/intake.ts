// Owns how files come in: dropped, pasted, picked, or a sample.

import { get, make } from "./dom.js";
import { SAMPLES } from "./samples.js";

export interface IntakeEvents {
  files(files: readonly File[]): void;
  refused(why: string): void;
}

export function listenForFiles({ files, refused }: IntakeEvents): void {
  listenForDrops(files);
  addEventListener("paste", ({ clipboardData }) => {
    const pasted = [...(clipboardData?.files ?? [])];
    if (pasted.length > 0) files(pasted);
  });
  for (const id of ["pick", "add-pick"]) {
    const input = get<HTMLInputElement>(id);
    input.addEventListener("change", () => {
      files([...(input.files ?? [])]);
      input.value = ""; // so that the same file can be picked again
    });
  }
  get("paste").addEventListener("click", () => {
    pastedFiles().then(files, () =>
      refused("The browser did not let the page read the clipboard: press Ctrl+V or ⌘V."),
    );
  });
  get("samples").replaceChildren(
    ...SAMPLES.map(({ label, file }) => {
      const button = make("button", { type: "button" }, label);
      const take = () => file().then((sample) => files([sample]), refusal);
      const refusal = (error: unknown) => refused(`The sample did not load: ${String(error)}`);
      button.addEventListener("click", take);
      file().then(
        async (sample) => {
          const image = make("canvas", { width: 128, height: 96 });
          const bitmap = await createImageBitmap(sample);
          image.getContext("2d")?.drawImage(bitmap, 0, 0, image.width, image.height);
          bitmap.close();
          button.prepend(image);
        },
        () => {}, // it is told when the sample is taken
      );
      return make("li", {}, button);
    }),
  );
}

function listenForDrops(files: IntakeEvents["files"]): void {
  const stage = get("stage");
  const isFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    stage.classList.add("is-target");
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (!relatedTarget) stage.classList.remove("is-target");
  });
  addEventListener("drop", (event) => {
    stage.classList.remove("is-target");
    if (!isFiles(event)) return;
    event.preventDefault();
    files([...(event.dataTransfer?.files ?? [])]);
  });
}

async function pastedFiles(): Promise<File[]> {
  const items = await navigator.clipboard.read();
  const blobs = items.flatMap((item) => {
    const type = item.types.find((each) => each.startsWith("image/"));
    return type === undefined ? [] : [item.getType(type)];
  });
  if (blobs.length === 0) throw new Error("no picture");
  return (await Promise.all(blobs)).map((blob) => new File([blob], "pasted.png", { type: blob.type }));
}
