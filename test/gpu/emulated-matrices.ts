// Owns the text of a subgroup-matrix convolution with loops in place of the matrix operations: what a device without them can run, to
// the same result. Each lane keeps every so manyth value of a matrix of sums; the others are where they are loaded from.

/** The kernel's WGSL without matrices; other kernels' as it is. */
export function withoutMatrices(code: string): string {
  const sizes = /alias Sums = subgroup_matrix_result<f32, (\d+), (\d+)>;/.exec(code);
  if (!sizes) return code;
  const [n, m] = sizes.slice(1).map(Number) as [number, number];
  const k = Number(/alias Pixels = subgroup_matrix_left<f16, (\d+), /.exec(code)![1]);
  const lanes = Number(/@workgroup_size\((\d+)\)/.exec(code)![1]);
  const loops = `
alias Pixels = vec2u;
alias Weights = vec2u;
alias Sums = array<f32, ${(m * n) / lanes}>;
var<private> ownLane: u32;
fn multiplied(left: vec2u, right: vec2u, sums: Sums) -> Sums {
  var result = sums;
  let one = min(planes.dst.width, 1u); // compilers unroll loops whose counts they know
  for (var i = 0u; i < one * ${(m * n) / lanes}u; i++) {
    let y = (i * ${lanes}u + ownLane) / ${n}u;
    let x = (i * ${lanes}u + ownLane) % ${n}u;
    for (var j = 0u; j < one * ${k}u; j++) {
      result[i] += f32(inputTile[left.x + y * left.y + j]) * f32(weights[right.x + x * right.y + j]);
    }
  }
  return result;
}
fn stored(first: u32, sums: Sums, stride: u32) {
  var values = sums;
  for (var i = 0u; i < min(planes.dst.width, 1u) * ${(m * n) / lanes}u; i++) {
    let at = i * ${lanes}u + ownLane;
    sumTile[first + at / ${n}u * stride + at % ${n}u] = values[i];
  }
}`;
  return code
    .replaceAll(/enable (subgroups|subgroup_size_control|chromium_experimental_subgroup_matrix);\n/g, "")
    .replace(/ @subgroup_size\(\d+\)/, "")
    .replaceAll(/alias \w+ = subgroup_matrix_.*\n/g, "")
    .replace(/(?=\n@compute)/, `${loops}\n`)
    .replace(/(fn main\(.*\{)/, "$1\n  ownLane = lane;")
    .replaceAll(/subgroupMatrixLoad<Pixels, row_major>\(&inputTile, /g, "vec2u(")
    .replaceAll(/subgroupMatrixLoad<Weights, col_major>\(&weights, /g, "vec2u(")
    .replaceAll("subgroupMatrixMultiplyAccumulate(", "multiplied(")
    .replaceAll(/subgroupMatrixStore<row_major>\(&sumTile, /g, "stored(");
}
