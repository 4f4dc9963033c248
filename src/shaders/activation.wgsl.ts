// Activations, by kind: `activate` is called by the convolutions' epilogue and by elementwise.wgsl.ts, with what `slopesOf` a channel block
// gives: loads that compilers do not take out from between stores.
// Preamble: SLOPE (leaky-relu).

const unsloped = (activate: string) => `${NO_SLOPES}${activate}`;

const NO_SLOPES = /* wgsl */ `
fn slopesOf(channelBlock: u32) -> vec4f { return vec4f(0); }`;

const sloped = (slopes: string, activate = SLOPED) => `${slopes}${activate}`;

const SLOPED = /* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f { return select(slopes * x, x, x > vec4f(0)); }`;

const HALF_SLOPED = /* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f {
  let half = Math(x);
  return vec4f(select(Math(slopes) * half, half, half > Math(0)));
}`;

const LEAKY_SLOPES = /* wgsl */ `
fn slopesOf(channelBlock: u32) -> vec4f { return vec4f(SLOPE); }`;

const PRELU_SLOPES = /* wgsl */ `
fn slopesOf(channelBlock: u32) -> vec4f { return affine[planes.dst.aux0 + channelBlock]; }`;

/**
 * They select, since max, min and clamp may lose a NaN, which the picture's flag is to tell of. So may exp and tanh, which
 * also overflow: the curves take a limit for smaller values, give 1 for larger ones, and x where it is neither.
 */
export const ACTIVATION_WGSL = {
  none: unsloped(/* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f { return x; }`),
  relu: unsloped(/* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f { return select(x, vec4f(0), x < vec4f(0)); }`),
  "leaky-relu": sloped(LEAKY_SLOPES),
  /** The convolutions'; serves none too, with a slope of 1. */
  "uniform-slope": sloped(/* wgsl */ `
fn slopesOf(channelBlock: u32) -> vec4f { return vec4f(bitcast<f32>(planes.dst.aux2)); }`),
  /** The convolutions'. */
  prelu: sloped(PRELU_SLOPES),
  tanh: unsloped(/* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f {
  let curve = tanh(select(x, vec4f(-10), x < vec4f(-10)));
  return select(select(x, curve, x < vec4f(10)), vec4f(1), x >= vec4f(10));
}`),
  sigmoid: unsloped(/* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f {
  let curve = 1 / (1 + exp(-select(x, vec4f(-40), x < vec4f(-40))));
  return select(select(x, curve, x < vec4f(40)), vec4f(1), x >= vec4f(40));
}`),
} as const;

/** Those that take half of the instructions in halves, of sums that are: needs `Math` to be halves. */
export const HALF_ACTIVATION_WGSL = {
  relu: unsloped(/* wgsl */ `
fn activate(x: vec4f, slopes: vec4f) -> vec4f {
  let half = Math(x);
  return vec4f(select(half, Math(0), half < Math(0)));
}`),
  "leaky-relu": sloped(LEAKY_SLOPES, HALF_SLOPED),
  prelu: sloped(PRELU_SLOPES, HALF_SLOPED),
} as const;
