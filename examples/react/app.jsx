// The page: a file is chosen and shown upscaled.
import { useState } from "react";
import { Upscaled } from "./upscaled.jsx";
import { useUpscaler } from "./use-upscaler.js";

export function App() {
  const [file, setFile] = useState();
  const [error, setError] = useState();
  const upscaler = useUpscaler("general-x4v3", setError);
  const choose = ({ target }) => {
    setError(undefined);
    setFile(target.files[0]);
  };
  return (
    <main>
      <label>
        Picture <input type="file" accept="image/*" onChange={choose} />
      </label>
      <p role="status">{error ? error.message : upscaler ? "Ready" : "Loading the model ..."}</p>
      {upscaler && file && <Upscaled upscaler={upscaler} file={file} onError={setError} />}
    </main>
  );
}
