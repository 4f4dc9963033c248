// The picture that every peer gets: made from a seed, with soft and hard edges as a drawing has, and some noise.

/** RGB values, row by row, of a square picture. */
export function testPicture(size: number): Uint8Array {
  const random = randomNumbers(20_181_127); // any; the same in every run
  const rgb = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inDisc = (x - size * 0.6) ** 2 + (y - size * 0.4) ** 2 < (size * 0.25) ** 2;
      for (let c = 0; c < 3; c++) {
        const soft = 0.5 + 0.35 * Math.sin(x * 0.21 + y * 0.13 * (c + 1) + c);
        const value = (inDisc ? 1 - soft : soft) + 0.1 * (random() - 0.5);
        rgb[(y * size + x) * 3 + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return rgb;
}

/** Uniform numbers in 0..1 (Marsaglia 2003, "Xorshift RNGs"). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
