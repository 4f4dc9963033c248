import { createRequire } from "node:module";
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, parse, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { tryDrivers, webgpuUrl } from "./driver-trial.js";
import { findSwiftShader } from "./swiftshader.js";
import { loadVulkan, withDriver } from "./vulkan.js";
import { Worker } from "node:worker_threads";
import { open, readFile, rename, rm } from "node:fs/promises";
import { once } from "node:events";
import { constants, crc32, createDeflate, deflateSync } from "node:zlib";
import { randomBytes } from "node:crypto";
// .cache/dist-26594/errors.js
/** An error of this library; `code` says what kind, `message` is one sentence for a person. */
var EsrganError = class extends Error {
	code;
	name = "EsrganError";
	constructor(code, message, options) {
		super(message, options);
		this.code = code;
	}
};
// .cache/dist-26594/ops/tensor.js
/** Makes a tensor of `shape`, zero-filled or holding `data` (not copied, length C*H*W). */
function tensor(shape, data = new Float32Array(elementCount(shape))) {
	if (data.length !== elementCount(shape)) throw new EsrganError("bad-input", `A tensor ${formatShape(shape)} needs ${elementCount(shape)} values, got ${data.length}`);
	return {
		channels: shape.channels,
		height: shape.height,
		width: shape.width,
		data
	};
}
function elementCount(shape) {
	return shape.channels * shape.height * shape.width;
}
/** `[64,24,32]`, the form every message uses. */
function formatShape(shape) {
	return `[${shape.channels},${shape.height},${shape.width}]`;
}
function sameShape(a, b) {
	return a.channels === b.channels && a.height === b.height && a.width === b.width;
}
// .cache/dist-26594/ops/checks.js
/** The one input of a unary operation. */
function requireOneInput(op, inputs) {
	const input = inputs[0];
	if (!input || inputs.length !== 1) throw badInputs(op, inputs, "one input");
	return requireShape(op, input);
}
/** Refuses extents that are not positive integers. */
function requireShape(op, shape) {
	if (![
		shape.channels,
		shape.height,
		shape.width
	].every(isPositiveInteger)) throw new EsrganError("bad-input", `${op} got the shape ${formatShape(shape)}, expected positive integers`);
	return shape;
}
function badInputs(op, inputs, expected) {
	return new EsrganError("bad-input", `${op} got the inputs ${inputs.length === 0 ? "none" : inputs.map(formatShape).join(" and ")}, expected ${expected}`);
}
function requirePositiveInteger(op, attribute, value) {
	if (isPositiveInteger(value)) return value;
	throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a positive integer`);
}
function requireFinite(op, attribute, value) {
	if (Number.isFinite(value)) return value;
	throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a finite number`);
}
function requireParameter(op, parameter, shape) {
	if (parameter.shape.length === shape.length && shape.every((extent, i) => extent === parameter.shape[i])) return parameter;
	throw badParameter(op, parameter, `[${shape.join(",")}]`);
}
function badParameter(op, parameter, expected) {
	const got = `[${parameter.shape.join(",")}]`;
	return new EsrganError("bad-input", `${op} got the parameter ${parameter.name} of shape ${got}, expected ${expected}`);
}
function isPositiveInteger(value) {
	return Number.isSafeInteger(value) && value > 0;
}
// .cache/dist-26594/ops/concat-channels.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function concatChannelsReference(inputs, output) {
	let end = 0;
	for (const input of inputs) {
		output.data.set(input.data, end);
		end += input.data.length;
	}
	return output;
}
// .cache/dist-26594/ops/concat-channels.js
const NAME$8 = "concat-channels";
/**
* Stacks its inputs: [C1,H,W], [C2,H,W], ... -> [C1+C2+...,H,W]. Matches torch.cat(dim=0).
* @throws EsrganError "bad-input" if there is no input or their heights or widths differ
*/
const concatChannels = {
	name: NAME$8,
	outputShape: outputShape$8,
	flops: () => 0,
	reference: (inputs) => concatChannelsReference(inputs, tensor(outputShape$8(inputs)))
};
function outputShape$8(inputs) {
	const first = inputs[0];
	if (!first) throw badInputs(NAME$8, inputs, "one or more");
	let channels = 0;
	for (const input of inputs) {
		requireShape(NAME$8, input);
		if (input.height !== first.height || input.width !== first.width) throw badInputs(NAME$8, inputs, `heights of ${first.height} and widths of ${first.width}`);
		channels += input.channels;
	}
	return {
		channels,
		height: first.height,
		width: first.width
	};
}
// .cache/dist-26594/ops/activation.js
/** @throws EsrganError "bad-input" if the activation does not fit `channels` channels */
function requireActivation(op, activation, channels) {
	if (activation.kind === "leaky-relu") requireFinite(op, "slope", activation.slope);
	if (activation.kind === "prelu") requireParameter(op, activation.slopes, [channels]);
}
/** The factor on negative values, a channel: every activation of this family is `x < 0 ? slope * x : x`. */
function negativeSlopes(activation, channels) {
	switch (activation.kind) {
		case "none": return new Float64Array(channels).fill(1);
		case "relu": return new Float64Array(channels);
		case "leaky-relu": return new Float64Array(channels).fill(activation.slope);
		case "prelu": return Float64Array.from(activation.slopes.floats());
	}
}
// .cache/dist-26594/ops/conv2d.reference.js
const OUTPUTS = 4;
const TAPS = 3;
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function conv2dReference(input, attributes, output) {
	const { height, width } = input;
	const kernel = attributes.weight.shape[2];
	const bias = attributes.bias?.floats();
	const slopes = negativeSlopes(attributes.activation, output.channels);
	const weights = packWeights$1(attributes.weight.floats(), output.channels, input.channels * kernel * kernel);
	const offsets = tapOffsets(input.channels, kernel, width);
	const stepWeights = offsets.length * OUTPUTS;
	const pitch = width + kernel - 1;
	const rows = new Float64Array((input.channels * kernel + 1) * pitch);
	const sums = new Float64Array(OUTPUTS * width);
	for (let y = 0; y < height; y++) {
		fillRows(rows, input, y, kernel);
		for (let first = 0; first < output.channels; first += OUTPUTS) {
			const group = first / OUTPUTS * stepWeights;
			sums.fill(0);
			addTaps(sums, rows, offsets, weights.subarray(group, group + stepWeights));
			for (let k = 0; k < OUTPUTS && first + k < output.channels; k++) {
				const channel = first + k;
				const slope = slopes[channel];
				const offset = bias?.[channel] ?? 0;
				const start = (channel * height + y) * width;
				for (let x = 0; x < width; x++) {
					const sum = sums[k * width + x] + offset;
					output.data[start + x] = sum < 0 ? slope * sum : sum;
				}
			}
		}
	}
	return output;
}
/** OIHW weights in the order addTaps reads them, [O/4][taps/3][4][3], filled up with zeros. */
function packWeights$1(weights, channels, taps) {
	const steps = Math.ceil(taps / TAPS);
	const packed = new Float64Array(Math.ceil(channels / OUTPUTS) * steps * OUTPUTS * TAPS);
	for (let channel = 0; channel < channels; channel++) for (let tap = 0; tap < taps; tap++) {
		const step = Math.floor(channel / OUTPUTS) * steps + Math.floor(tap / TAPS);
		packed[(step * OUTPUTS + channel % OUTPUTS) * TAPS + tap % TAPS] = weights[channel * taps + tap];
	}
	return packed;
}
/** Where each tap (channel, kernel row, kernel column) of output column 0 lies in the rows. */
function tapOffsets(channels, kernel, width) {
	const taps = channels * kernel * kernel;
	const pitch = width + kernel - 1;
	const offsets = new Int32Array(Math.ceil(taps / TAPS) * TAPS).fill(channels * kernel * pitch);
	for (let tap = 0; tap < taps; tap++) offsets[tap] = Math.floor(tap / kernel) * pitch + tap % kernel;
	return offsets;
}
/** Copies the input rows that output row `y` needs; rows outside the picture are zero. */
function fillRows(rows, { channels, height, width, data }, y, kernel) {
	const reach = (kernel - 1) / 2;
	const pitch = width + kernel - 1;
	for (let row = 0; row < channels * kernel; row++) {
		const inY = y - reach + row % kernel;
		const to = row * pitch + reach;
		if (inY < 0 || inY >= height) rows.fill(0, to, to + width);
		else {
			const from = (Math.floor(row / kernel) * height + inY) * width;
			rows.set(data.subarray(from, from + width), to);
		}
	}
}
/** sums[k][x] += the sum over all taps of weight[k][tap] * rows[offset[tap] + x]. */
function addTaps(sums, rows, offsets, weights) {
	const width = sums.length / OUTPUTS;
	for (let tap = 0; tap < offsets.length; tap += TAPS) {
		const w = tap * OUTPUTS;
		const [a0, a1, a2] = [
			weights[w],
			weights[w + 1],
			weights[w + 2]
		];
		const [b0, b1, b2] = [
			weights[w + 3],
			weights[w + 4],
			weights[w + 5]
		];
		const [c0, c1, c2] = [
			weights[w + 6],
			weights[w + 7],
			weights[w + 8]
		];
		const [d0, d1, d2] = [
			weights[w + 9],
			weights[w + 10],
			weights[w + 11]
		];
		const [p, q, r] = [
			offsets[tap],
			offsets[tap + 1],
			offsets[tap + 2]
		];
		for (let x = 0; x < width; x++) {
			const x0 = rows[p + x];
			const x1 = rows[q + x];
			const x2 = rows[r + x];
			sums[x] += a0 * x0 + a1 * x1 + a2 * x2;
			sums[width + x] += b0 * x0 + b1 * x1 + b2 * x2;
			sums[2 * width + x] += c0 * x0 + c1 * x1 + c2 * x2;
			sums[3 * width + x] += d0 * x0 + d1 * x1 + d2 * x2;
		}
	}
}
// .cache/dist-26594/ops/conv2d.js
const NAME$7 = "conv2d";
/**
* Convolves with stride 1 and zero padding that keeps the size, adds the bias, applies the activation: [I,H,W] -> [O,H,W].
* Matches torch.nn.functional.conv2d(padding="same"); its cost leaves out the bias and the activation.
* @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both
*/
const conv2d = {
	name: NAME$7,
	outputShape: outputShape$7,
	flops(inputs, attributes) {
		const { channels, height, width } = outputShape$7(inputs, attributes);
		const [, inChannels, kernel] = attributes.weight.shape;
		return 2 * channels * height * width * inChannels * kernel * kernel;
	},
	reference(inputs, attributes) {
		return conv2dReference(inputs[0], attributes, tensor(outputShape$7(inputs, attributes)));
	}
};
function outputShape$7(inputs, { weight, bias, activation }) {
	const { channels, height, width } = requireOneInput(NAME$7, inputs);
	const [outChannels = 0, inChannels, kernel = 0, kernelWidth] = weight.shape;
	if (!(weight.shape.length === 4 && outChannels > 0 && inChannels === channels) || kernel % 2 !== 1 || kernel !== kernelWidth) throw badParameter(NAME$7, weight, `[O,${channels},K,K] with an odd K for the input [${channels},${height},${width}]`);
	if (bias) requireParameter(NAME$7, bias, [outChannels]);
	requireActivation(NAME$7, activation, outChannels);
	return {
		channels: outChannels,
		height,
		width
	};
}
// .cache/dist-26594/ops/leaky-relu.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function leakyReluReference(input, { slope }, output) {
	for (let i = 0; i < output.data.length; i++) {
		const x = input.data[i];
		output.data[i] = x < 0 ? slope * x : x;
	}
	return output;
}
// .cache/dist-26594/ops/leaky-relu.js
const NAME$6 = "leaky-relu";
/**
* Multiplies negative values by the slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.leaky_relu.
* @throws EsrganError "bad-input" if the slope is not finite
*/
const leakyRelu = {
	name: NAME$6,
	outputShape: outputShape$6,
	flops: (inputs, attributes) => elementCount(outputShape$6(inputs, attributes)),
	reference(inputs, attributes) {
		return leakyReluReference(inputs[0], attributes, tensor(outputShape$6(inputs, attributes)));
	}
};
function outputShape$6(inputs, { slope }) {
	const { channels, height, width } = requireOneInput(NAME$6, inputs);
	requireFinite(NAME$6, "slope", slope);
	return {
		channels,
		height,
		width
	};
}
// .cache/dist-26594/ops/pixel-shuffle.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function pixelShuffleReference(input, attributes, output) {
	const { factor, order } = attributes;
	const { channels, height, width } = output;
	for (let c = 0; c < channels; c++) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
		const place = y % factor * factor + x % factor;
		const from = ((order === "pytorch" ? c * factor * factor + place : place * channels + c) * input.height + Math.floor(y / factor)) * input.width + Math.floor(x / factor);
		output.data[(c * height + y) * width + x] = input.data[from];
	}
	return output;
}
// .cache/dist-26594/ops/pixel-shuffle.js
const NAME$5 = "pixel-shuffle";
/**
* Moves channels into blocks of factor x factor pixels: [C*r*r,H,W] -> [C,H*r,W*r].
* Matches torch.nn.functional.pixel_shuffle, or tf.nn.depth_to_space in the order "tensorflow".
* @throws EsrganError "bad-input" if the channels are no multiple of factor * factor
*/
const pixelShuffle = {
	name: NAME$5,
	outputShape: outputShape$5,
	flops: () => 0,
	reference(inputs, attributes) {
		return pixelShuffleReference(inputs[0], attributes, tensor(outputShape$5(inputs, attributes)));
	}
};
function outputShape$5(inputs, { factor }) {
	const { channels, height, width } = requireOneInput(NAME$5, inputs);
	requirePositiveInteger(NAME$5, "factor", factor);
	const block = factor * factor;
	if (channels % block !== 0) throw badInputs(NAME$5, inputs, `channels in a multiple of ${block} for factor ${factor}`);
	return {
		channels: channels / block,
		height: height * factor,
		width: width * factor
	};
}
// .cache/dist-26594/ops/pixel-unshuffle.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function pixelUnshuffleReference(input, attributes, output) {
	const { factor, order } = attributes;
	const { channels, height, width } = input;
	for (let c = 0; c < channels; c++) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
		const place = y % factor * factor + x % factor;
		const to = ((order === "pytorch" ? c * factor * factor + place : place * channels + c) * output.height + Math.floor(y / factor)) * output.width + Math.floor(x / factor);
		output.data[to] = input.data[(c * height + y) * width + x];
	}
	return output;
}
// .cache/dist-26594/ops/pixel-unshuffle.js
const NAME$4 = "pixel-unshuffle";
/**
* Moves blocks of factor x factor pixels into channels: [C,H*r,W*r] -> [C*r*r,H,W].
* Matches torch.nn.functional.pixel_unshuffle, or tf.nn.space_to_depth in the order "tensorflow".
* @throws EsrganError "bad-input" if the height or width is no multiple of the factor
*/
const pixelUnshuffle = {
	name: NAME$4,
	outputShape: outputShape$4,
	flops: () => 0,
	reference(inputs, attributes) {
		return pixelUnshuffleReference(inputs[0], attributes, tensor(outputShape$4(inputs, attributes)));
	}
};
function outputShape$4(inputs, { factor }) {
	const { channels, height, width } = requireOneInput(NAME$4, inputs);
	requirePositiveInteger(NAME$4, "factor", factor);
	if (height % factor !== 0 || width % factor !== 0) throw badInputs(NAME$4, inputs, `height and width in multiples of the factor ${factor}`);
	return {
		channels: channels * factor * factor,
		height: height / factor,
		width: width / factor
	};
}
// .cache/dist-26594/ops/prelu.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function preluReference(input, attributes, output) {
	const slopes = attributes.slopes.floats();
	const pixels = input.height * input.width;
	for (let i = 0; i < output.data.length; i++) {
		const x = input.data[i];
		output.data[i] = x < 0 ? slopes[Math.floor(i / pixels)] * x : x;
	}
	return output;
}
// .cache/dist-26594/ops/prelu.js
const NAME$3 = "prelu";
/**
* Multiplies negative values by their channel's slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.prelu.
* @throws EsrganError "bad-input" if there is not one slope a channel
*/
const prelu = {
	name: NAME$3,
	outputShape: outputShape$3,
	flops: (inputs, attributes) => elementCount(outputShape$3(inputs, attributes)),
	reference(inputs, attributes) {
		return preluReference(inputs[0], attributes, tensor(outputShape$3(inputs, attributes)));
	}
};
function outputShape$3(inputs, { slopes }) {
	const { channels, height, width } = requireOneInput(NAME$3, inputs);
	requireParameter(NAME$3, slopes, [channels]);
	return {
		channels,
		height,
		width
	};
}
// .cache/dist-26594/ops/resize.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function resizeReference(input, attributes, output) {
	const { channels, height, width } = output;
	const columns = termsOfAxis(attributes, input.width, width);
	const rows = termsOfAxis(attributes, input.height, height);
	const wide = new Float64Array(input.height * width);
	for (let c = 0; c < channels; c++) {
		const plane = input.data.subarray(c * input.height * input.width, (c + 1) * input.height * input.width);
		for (let y = 0; y < input.height; y++) for (let x = 0; x < width; x++) {
			let sum = 0;
			for (const { index, weight } of columns[x]) sum += weight * plane[y * input.width + index];
			wide[y * width + x] = sum;
		}
		for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
			let sum = 0;
			for (const { index, weight } of rows[y]) sum += weight * wide[index * width + x];
			output.data[(c * height + y) * width + x] = sum;
		}
	}
	return output;
}
function termsOfAxis({ mode, antialias }, inSize, outSize) {
	const scale = inSize / outSize;
	const terms = antialias ? antialiasedTerms : mode === "bilinear" ? bilinearTerms : bicubicTerms;
	return Array.from({ length: outSize }, (_, i) => terms((i + .5) * scale - .5, inSize, scale, mode));
}
function bilinearTerms(position, size) {
	const left = Math.floor(position);
	const t = position - left;
	return [{
		index: inside(left, size),
		weight: 1 - t
	}, {
		index: inside(left + 1, size),
		weight: t
	}];
}
/** Keys' cubic convolution with a = -0.75, the edge pixel repeated. */
function bicubicTerms(position, size) {
	const left = Math.floor(position);
	const t = position - left;
	return [
		-1,
		0,
		1,
		2
	].map((k) => ({
		index: inside(left + k, size),
		weight: keysCubic(t - k, -.75)
	}));
}
/** The filter as wide as the pixels it averages, cut off at the picture's edge and brought back to a sum of 1. */
function antialiasedTerms(position, size, scale, mode) {
	const spread = Math.max(scale, 1);
	const terms = [];
	for (let index = 0; index < size; index++) {
		const distance = (index - position) / spread;
		const weight = mode === "bilinear" ? Math.max(0, 1 - Math.abs(distance)) : keysCubic(distance, -.5);
		if (weight !== 0) terms.push({
			index,
			weight
		});
	}
	const total = terms.reduce((sum, { weight }) => sum + weight, 0);
	return terms.map(({ index, weight }) => ({
		index,
		weight: weight / total
	}));
}
function keysCubic(distance, a) {
	const d = Math.abs(distance);
	if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
	if (d < 2) return a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
	return 0;
}
function inside(index, size) {
	return Math.min(Math.max(index, 0), size - 1);
}
// .cache/dist-26594/ops/resize.js
const NAME$2 = "resize";
/**
* Resizes by bilinear or bicubic interpolation: [C,H,W] -> [C,height,width].
* Matches torch.nn.functional.interpolate(size, mode, align_corners=False, antialias).
* @throws EsrganError "bad-input" if the size is not of positive integers
*/
const resize = {
	name: NAME$2,
	outputShape: outputShape$2,
	flops(inputs, attributes) {
		const { channels, height, width } = outputShape$2(inputs, attributes);
		const input = inputs[0];
		const across = width * input.height * tapSpan(attributes.mode, attributes.antialias, input.width, width);
		const down = width * height * tapSpan(attributes.mode, attributes.antialias, input.height, height);
		return 2 * channels * (across + down);
	},
	reference(inputs, attributes) {
		return resizeReference(inputs[0], attributes, tensor(outputShape$2(inputs, attributes)));
	}
};
function outputShape$2(inputs, { width, height }) {
	const { channels } = requireOneInput(NAME$2, inputs);
	requirePositiveInteger(NAME$2, "width", width);
	requirePositiveInteger(NAME$2, "height", height);
	return {
		channels,
		height,
		width
	};
}
/**
* The taps of one axis, summing to 1 for each output. Taps beyond an edge are folded into the edge's, or left out when
* antialiasing; where the picture `wraps` there are no edges, and `start` may lie before the first pixel.
*/
function resizeTaps(mode, antialias, inSize, outSize, wraps = false) {
	const scale = inSize / outSize;
	const stretch = antialias ? Math.max(scale, 1) : 1;
	const support = SUPPORT[mode] * stretch;
	const count = wraps ? Math.ceil(2 * support) : tapSpan(mode, antialias, inSize, outSize);
	const start = new Int32Array(outSize);
	const weights = new Float32Array(outSize * count);
	const row = new Float64Array(count);
	for (let i = 0; i < outSize; i++) {
		const center = (i + .5) * scale - .5;
		const first = Math.floor(center - support) + 1;
		const last = Math.ceil(center + support) - 1;
		const from = wraps ? first : clamp(first, 0, inSize - count);
		row.fill(0);
		let total = 0;
		for (let tap = first; tap <= last; tap++) {
			if (!wraps && antialias && (tap < 0 || tap >= inSize)) continue;
			const weight = filter(mode, antialias, (tap - center) / stretch);
			row[(wraps ? tap : clamp(tap, 0, inSize - 1)) - from] += weight;
			total += weight;
		}
		start[i] = from;
		for (let k = 0; k < count; k++) weights[i * count + k] = row[k] / total;
	}
	return {
		start,
		count,
		weights
	};
}
const SUPPORT = {
	bilinear: 1,
	bicubic: 2
};
/** No output has more taps than this: the filter is zero at the ends of its support, which are left out. */
function tapSpan(mode, antialias, inSize, outSize) {
	const stretch = antialias ? Math.max(inSize / outSize, 1) : 1;
	return Math.min(Math.ceil(2 * SUPPORT[mode] * stretch), inSize);
}
function filter(mode, antialias, distance) {
	const x = Math.abs(distance);
	if (mode === "bilinear") return Math.max(1 - x, 0);
	const a = antialias ? -.5 : -.75;
	if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
	if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
	return 0;
}
function clamp(value, low, high) {
	return Math.min(Math.max(value, low), high);
}
// .cache/dist-26594/ops/scaled-add.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function scaledAddReference(x, y, { alpha }, output) {
	for (let i = 0; i < output.data.length; i++) output.data[i] = alpha * x.data[i] + y.data[i];
	return output;
}
// .cache/dist-26594/ops/scaled-add.js
const NAME$1 = "scaled-add";
/**
* alpha * x + y of the inputs [x, y]: [C,H,W], [C,H,W] -> [C,H,W]. Matches torch.add(y, x, alpha=alpha).
* @throws EsrganError "bad-input" if the shapes differ or alpha is not finite
*/
const scaledAdd = {
	name: NAME$1,
	outputShape: outputShape$1,
	flops: (inputs, attributes) => 2 * elementCount(outputShape$1(inputs, attributes)),
	reference(inputs, attributes) {
		return scaledAddReference(inputs[0], inputs[1], attributes, tensor(outputShape$1(inputs, attributes)));
	}
};
function outputShape$1(inputs, { alpha }) {
	const [x, y] = inputs;
	if (!x || !y || inputs.length !== 2 || !sameShape(x, y)) throw badInputs(NAME$1, inputs, "two of the same shape");
	requireFinite(NAME$1, "alpha", alpha);
	const { channels, height, width } = requireShape(NAME$1, x);
	return {
		channels,
		height,
		width
	};
}
// .cache/dist-26594/ops/upsample-nearest.reference.js
/** Fills `output`, whose shape is the shape rule's, and returns it. */
function upsampleNearestReference(input, attributes, output) {
	const { factor } = attributes;
	const { channels, height, width } = output;
	for (let c = 0; c < channels; c++) for (let y = 0; y < height; y++) {
		const from = (c * input.height + Math.floor(y / factor)) * input.width;
		const to = (c * height + y) * width;
		for (let x = 0; x < width; x++) output.data[to + x] = input.data[from + Math.floor(x / factor)];
	}
	return output;
}
// .cache/dist-26594/ops/upsample-nearest.js
const NAME = "upsample-nearest";
/**
* Repeats each pixel `factor` times in x and y: [C,H,W] -> [C,H*factor,W*factor].
* Matches torch.nn.functional.interpolate(mode="nearest").
* @throws EsrganError "bad-input" if the factor is not a positive integer
*/
const upsampleNearest = {
	name: NAME,
	outputShape,
	flops: () => 0,
	reference(inputs, attributes) {
		return upsampleNearestReference(inputs[0], attributes, tensor(outputShape(inputs, attributes)));
	}
};
function outputShape(inputs, { factor }) {
	const { channels, height, width } = requireOneInput(NAME, inputs);
	requirePositiveInteger(NAME, "factor", factor);
	return {
		channels,
		height: height * factor,
		width: width * factor
	};
}
// .cache/dist-26594/graph/graph.js
/** The operations by name. */
const OPS = {
	conv2d,
	"leaky-relu": leakyRelu,
	prelu,
	"concat-channels": concatChannels,
	"scaled-add": scaledAdd,
	"pixel-shuffle": pixelShuffle,
	"pixel-unshuffle": pixelUnshuffle,
	"upsample-nearest": upsampleNearest,
	resize
};
/** The operation of a node, typed loosely enough to be called with that node's attributes. */
function opOf(node) {
	return OPS[node.op];
}
/**
* The shape of every value for an input of `width` x `height` pixels.
* @throws EsrganError "bad-input" naming the node and the shapes where an operation refuses its inputs
*/
function inferShapes(graph, width, height) {
	const shapes = [];
	shapes[graph.input] = {
		channels: graph.values[graph.input].channels,
		height,
		width
	};
	for (const node of graph.nodes) try {
		shapes[node.output] = opOf(node).outputShape(node.inputs.map((id) => shapes[id]), node.attributes);
	} catch (error) {
		if (error instanceof EsrganError) throw new EsrganError(error.code, `${node.name}: ${error.message}`);
		throw error;
	}
	return shapes;
}
// .cache/dist-26594/image/alpha.js
/** Whether the picture's last channel is alpha. */
function hasAlpha({ channels }) {
	return channels === 2 || channels === 4;
}
/** The alpha of `pixels` as a gray picture, or undefined where there is none or it is opaque throughout. */
function alphaOf(pixels) {
	if (!hasAlpha(pixels)) return void 0;
	const { data, channels, bits, width, height } = pixels;
	const length = width * height;
	const alpha = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
	let isOpaque = true;
	for (let i = 0; i < length; i++) {
		const level = data[i * channels + channels - 1];
		if (level !== 2 ** bits - 1) isOpaque = false;
		alpha[i] = level;
	}
	return isOpaque ? void 0 : {
		data: alpha,
		width,
		height,
		channels: 1,
		bits
	};
}
/** A gray picture resized bicubically, antialiased, some rows at a time. Rows must be asked for from the top down. */
var ResizedGray = class {
	gray;
	width;
	height;
	wraps;
	#across;
	#down;
	/** Rows of the source at the new width, by their index. */
	#wide = /* @__PURE__ */ new Map();
	constructor(gray, width, height, wraps = false) {
		this.gray = gray;
		this.width = width;
		this.height = height;
		this.wraps = wraps;
		this.#across = resizeTaps("bicubic", true, gray.width, width, wraps);
		this.#down = resizeTaps("bicubic", true, gray.height, height, wraps);
	}
	/** Rows `from` to `to` in levels of the source's bits. */
	rows(from, to) {
		const { width } = this;
		const { bits, height } = this.gray;
		const max = 2 ** bits - 1;
		const out = bits === 16 ? new Uint16Array((to - from) * width) : new Uint8Array((to - from) * width);
		const { start, count, weights } = this.#down;
		for (let y = from; y < to; y++) {
			const first = start[y];
			if (!this.wraps) {
				for (const row of this.#wide.keys()) if (row < first) this.#wide.delete(row);
			}
			const lines = Array.from({ length: count }, (_, k) => this.#wideRow(((first + k) % height + height) % height));
			for (let x = 0; x < width; x++) {
				let sum = 0;
				for (let k = 0; k < count; k++) sum += weights[y * count + k] * lines[k][x];
				out[(y - from) * width + x] = Math.floor(Math.min(Math.max(sum, 0), max) + .5);
			}
		}
		return out;
	}
	#wideRow(row) {
		const found = this.#wide.get(row);
		if (found) return found;
		const { data, width } = this.gray;
		const { start, count, weights } = this.#across;
		const line = new Float32Array(this.width);
		for (let x = 0; x < line.length; x++) {
			let sum = 0;
			for (let k = 0; k < count; k++) {
				const column = ((start[x] + k) % width + width) % width;
				sum += weights[x * count + k] * data[row * width + column];
			}
			line[x] = sum;
		}
		this.#wide.set(row, line);
		return line;
	}
};
// .cache/dist-26594/image/turns.js
const TURN_MS$1 = 50;
var Turns = class {
	#began = performance.now();
	/** Whether this turn of the event loop has lasted long enough. */
	isOver() {
		return performance.now() - this.#began >= TURN_MS$1;
	}
	/** Waits for the next turn of the event loop. */
	async next() {
		await new Promise((resolve) => {
			setTimeout(resolve);
		});
		this.#began = performance.now();
	}
};
// .cache/dist-26594/image/alpha-fill.js
const PIXELS_BETWEEN_LOOKS = 4096;
const UNKNOWN = 0;
const QUEUED = 1;
const KNOWN = 2;
/**
* The picture with the colours under its fully transparent pixels (alpha 0) grown from the visible ones, ring by ring: each
* is the rounded mean of its neighbours, of eight, that are visible or of an earlier ring. `pixels` itself where it has no
* alpha, no such pixel, or no other; never changed. Hands the thread back every 50 ms.
*/
async function filledUnderTransparency(pixels) {
	const filling = fill(pixels);
	const turns = new Turns();
	for (;;) {
		const { done, value } = filling.next();
		if (done) return value;
		if (turns.isOver()) await turns.next();
	}
}
/** Yields at least once a millisecond. */
function* fill(pixels) {
	if (!hasAlpha(pixels)) return pixels;
	const { width, height, channels } = pixels;
	const count = width * height;
	let transparent = 0;
	for (let i = 0; i < count; i++) {
		if (pixels.data[i * channels + channels - 1] === 0) transparent++;
		if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
	}
	if (transparent === 0 || transparent === count) return pixels;
	const data = emptyLike(pixels.data);
	const state = new Uint8Array(count);
	for (let from = 0; from < count; from += PIXELS_BETWEEN_LOOKS) {
		const to = Math.min(from + PIXELS_BETWEEN_LOOKS, count);
		data.set(pixels.data.subarray(from * channels, to * channels), from * channels);
		for (let i = from; i < to; i++) if (data[i * channels + channels - 1] !== 0) state[i] = KNOWN;
		yield;
	}
	const queue = new Uint32Array(transparent);
	let queued = 0;
	for (let i = 0; i < count; i++) {
		if (state[i] === KNOWN) spread(i, false);
		if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
	}
	for (let start = 0; start < queued;) {
		const end = queued;
		for (let at = start; at < end; at++) {
			spread(queue[at], true);
			if (at % PIXELS_BETWEEN_LOOKS === 0) yield;
		}
		for (let at = start; at < end; at++) state[queue[at]] = KNOWN;
		start = end;
	}
	return {
		...pixels,
		data
	};
	/** Queues the pixel's unknown neighbours and, of a queued one, sets the colour. */
	function spread(pixel, isQueued) {
		const x = pixel % width;
		const left = Math.max(x - 1, 0);
		const right = Math.min(x + 1, width - 1);
		const top = Math.max(pixel - x - width, 0);
		const bottom = Math.min(pixel - x + width, count - width);
		let [first, second, third, known] = [
			0,
			0,
			0,
			0
		];
		for (let row = top; row <= bottom; row += width) for (let at = row + left; at <= row + right; at++) if (state[at] === UNKNOWN) {
			state[at] = QUEUED;
			queue[queued++] = at;
		} else if (isQueued && state[at] === KNOWN) {
			known++;
			first += data[at * channels];
			if (channels === 2) continue;
			second += data[at * channels + 1];
			third += data[at * channels + 2];
		}
		if (!isQueued) return;
		data[pixel * channels] = Math.floor(first / known + .5);
		if (channels === 2) return;
		data[pixel * channels + 1] = Math.floor(second / known + .5);
		data[pixel * channels + 2] = Math.floor(third / known + .5);
	}
}
/** Not by the array's own slice, which for Node's Buffer is a view and not a copy. */
function emptyLike(data) {
	if (data.BYTES_PER_ELEMENT === 2) return new Uint16Array(data.length);
	return data instanceof Uint8ClampedArray ? new Uint8ClampedArray(data.length) : new Uint8Array(data.length);
}
// .cache/dist-26594/ops/image-to-tensor.js
const DATA_TYPES = {
	8: ["Uint8Array", "Uint8ClampedArray"],
	16: ["Uint16Array"]
};
/**
* Refuses pixels whose data does not fit what they say of themselves.
* @throws EsrganError "bad-input" naming the size, channels and bits
*/
function requirePixels({ data, width, height, channels, bits }) {
	const what = `A picture of ${width}x${height} pixels with ${channels} channels of ${bits} bits`;
	if (!isPositiveInteger(width) || !isPositiveInteger(height)) throw new EsrganError("bad-input", `${what} needs a positive width and height`);
	if (![
		1,
		2,
		3,
		4
	].includes(channels) || bits !== 8 && bits !== 16) throw new EsrganError("bad-input", `${what} was given, expected 1 to 4 channels of 8 or 16 bits`);
	const type = Object.prototype.toString.call(data).slice(8, -1);
	if (!DATA_TYPES[bits].includes(type)) throw new EsrganError("bad-input", `${what} came with data of type ${type}, expected ${DATA_TYPES[bits].join(" or ")}`);
	const expected = width * height * channels;
	if (data.length !== expected) throw new EsrganError("bad-input", `${what} needs ${expected} values, got ${data.length}`);
}
// .cache/dist-26594/image/source.js
/** The raw pixels of `source`, not copied. @throws EsrganError "bad-input" */
function pixelsOf(source) {
	if (typeof source !== "object" || source === null || !("data" in source)) throw new EsrganError("bad-input", `A picture must be ImageData or { data, width, height, channels, bits }, got ${source === null ? "null" : typeof source === "object" ? "an object without data" : typeof source}`);
	const pixels = isImageData(source) ? {
		data: source.data,
		width: source.width,
		height: source.height,
		channels: 4,
		bits: 8
	} : source;
	requirePixels(pixels);
	return pixels;
}
/** ImageData by its shape, since not every environment has the class. */
function isImageData(source) {
	return !("channels" in source);
}
const ALIGN_X = 8;
const ALIGN_Y = 4;
const ALIGN_BLOCKS = 32;
function plane(width, height, pad) {
	const pitch = roundUp(width, ALIGN_X) + 2 * pad;
	return {
		width,
		height,
		pad,
		pitch,
		size: roundUp(pitch * (roundUp(height, ALIGN_Y) + 2 * pad), ALIGN_BLOCKS),
		origin: pad * pitch + pad
	};
}
function channelBlocks(channels) {
	return Math.ceil(channels / 4);
}
function roundUp(value, multiple) {
	return Math.ceil(value / multiple) * multiple;
}
// .cache/dist-26594/gpu/capabilities.js
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp|software/i;
/** What the planner needs to know of `device`. */
function capabilitiesOf(device) {
	const { limits, features } = device;
	const info = device.adapterInfo ?? {};
	const { vendor = "", architecture = "", description = "" } = info;
	return {
		kind: info.isFallbackAdapter === true || SOFTWARE.test(`${vendor} ${architecture} ${description}`) ? "software" : "gpu",
		vendor,
		architecture,
		description,
		shaderF16: features.has("shader-f16"),
		subgroupMinSize: features.has("subgroups") ? info.subgroupMinSize ?? 0 : 0,
		subgroups32: features.has("subgroups") && features.has("subgroup-size-control") && (info.subgroupMinSize ?? Number.POSITIVE_INFINITY) <= 32 && (info.subgroupMaxSize ?? 0) >= 32,
		maxBufferSize: limits.maxBufferSize,
		maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
		maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension
	};
}
const USED_FEATURES = [
	"shader-f16",
	"subgroups",
	"subgroup-size-control"
];
/** What to pass to `adapter.requestDevice`: only features and limits that this library makes use of. */
function deviceRequirements(adapter) {
	const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
	return {
		requiredFeatures: USED_FEATURES.filter((name) => adapter.features.has(name)),
		requiredLimits: {
			maxBufferSize,
			maxStorageBufferBindingSize
		}
	};
}
// .cache/dist-26594/weights/read-bytes.js
const CACHE_NAME = "esrgan-webgpu";
/**
* Reads all of `source`; a string is a URL.
* @throws EsrganError "network" naming the URL and what went wrong, "bad-weights" where the SHA-256 differs; signal.reason
*/
async function readBytes$1(source, options = {}) {
	options.signal?.throwIfAborted();
	const bytes = await read(source, options);
	if (options.sha256 !== void 0) await requireSha256(bytes, options.sha256);
	return bytes;
}
async function read(source, options) {
	if (source instanceof Uint8Array) return source;
	if (source instanceof ArrayBuffer) return new Uint8Array(source);
	if (typeof Blob !== "undefined" && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
	if (typeof Response !== "undefined" && source instanceof Response) return readResponse(source, options);
	if (typeof source === "string" || source instanceof URL) return fetchBytes(String(source), options);
	throw new EsrganError("bad-input", "Weights must be an ArrayBuffer, Uint8Array, Blob, Response, URL or string");
}
async function fetchBytes(url, options) {
	const cache = options.cache && typeof caches !== "undefined" ? await caches.open(CACHE_NAME) : void 0;
	const kept = await cache?.match(url);
	if (kept) return readResponse(kept, options);
	let response;
	try {
		response = await fetch(url, options.signal ? { signal: options.signal } : {});
	} catch (cause) {
		options.signal?.throwIfAborted();
		throw new EsrganError("network", `Could not fetch ${url}: ${cause.message}`, { cause });
	}
	const bytes = await readResponse(response, {
		...options,
		onProgress: options.onProgress
	});
	if (cache) await cache.put(url, new Response(bytes.slice())).catch(() => {});
	return bytes;
}
async function readResponse(response, { onProgress, signal }) {
	const from = response.url || "the response";
	if (!response.ok) throw new EsrganError("network", `Could not fetch ${from}: HTTP status ${response.status}`);
	const length = Number(response.headers.get("content-length") ?? NaN);
	const total = response.headers.has("content-encoding") || Number.isNaN(length) ? void 0 : length;
	const chunks = [];
	let loaded = 0;
	try {
		const reader = response.body?.getReader();
		for (;;) {
			signal?.throwIfAborted();
			const next = await reader?.read();
			if (!next || next.done) break;
			chunks.push(next.value);
			loaded += next.value.byteLength;
			onProgress?.({
				loaded,
				total
			});
		}
	} catch (cause) {
		signal?.throwIfAborted();
		throw new EsrganError("network", `Reading ${from} broke off after ${loaded} bytes: ${cause.message}`, { cause });
	}
	if (total !== void 0 && loaded !== total) throw new EsrganError("network", `Reading ${from} ended after ${loaded} of ${total} bytes`);
	const bytes = new Uint8Array(loaded);
	let at = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, at);
		at += chunk.byteLength;
	}
	return bytes;
}
async function requireSha256(bytes, wanted) {
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
	if (found !== wanted.toLowerCase()) throw new EsrganError("bad-weights", `The weights have SHA-256 ${found}, expected ${wanted.toLowerCase()}`);
}
// .cache/dist-26594/weights/half.js
/** The value of half-precision bits. */
function halfToFloat(bits) {
	const sign = bits & 32768 ? -1 : 1;
	const exponent = bits >> 10 & 31;
	const fraction = bits & 1023;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 31) return fraction ? NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
/** Half-precision bits of `value`, rounded to nearest, ties to even; what is too large becomes infinity. */
function floatToHalf(value) {
	scratch[0] = value;
	return halfOfBits(scratchBits[0]);
}
const scratch = /* @__PURE__ */ new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
function halfOfBits(bits) {
	const sign = bits >>> 16 & 32768;
	const magnitude = bits & 2147483647;
	if (magnitude > 2139095040) return sign | 32256;
	if (magnitude >= 1199566848) return sign | 31744;
	if (magnitude < 855638017) return sign;
	if (magnitude < 947912704) {
		const shift = 126 - (magnitude >>> 23);
		return sign | roundShift(magnitude & 8388607 | 8388608, shift);
	}
	return sign | roundShift(magnitude - 939524096, 13);
}
function roundShift(value, shift) {
	const half = 1 << shift - 1;
	const rest = value & (1 << shift) - 1;
	const kept = value >>> shift;
	return rest > half || rest === half && kept & 1 ? kept + 1 : kept;
}
/** Float32 values of half bits. */
function halvesToFloats(halves) {
	const floats = new Float32Array(halves.length);
	const bits = new Uint32Array(floats.buffer);
	for (let i = 0; i < halves.length; i++) {
		const half = halves[i];
		const magnitude = half & 32767;
		if (magnitude >= 1024 && magnitude < 31744) bits[i] = (half & 32768) << 16 | (magnitude << 13) + 939524096;
		else floats[i] = halfToFloat(half);
	}
	return floats;
}
/** Half bits of float32 values. */
function floatsToHalves(floats) {
	const halves = new Uint16Array(floats.length);
	const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
	for (let i = 0; i < floats.length; i++) halves[i] = halfOfBits(bits[i]);
	return halves;
}
// .cache/dist-26594/weights/printable-name.js
/** The name, short and without the characters that would steer a terminal. */
function printableName(name) {
	return (name.length > 200 ? `${name.slice(0, 200)}...` : name).replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?");
}
// .cache/dist-26594/weights/finite.js
/** @throws EsrganError "bad-weights" naming the tensor and the index of its first NaN or infinity */
function requireFiniteWeights(tensor) {
	const { data, name } = tensor;
	const index = data instanceof Float32Array ? firstNonFinite(data) : firstNonFiniteHalf(data);
	if (index < 0) return tensor;
	const value = data instanceof Float32Array ? data[index] : halfToFloat(data[index]);
	throw new EsrganError("bad-weights", `Tensor ${printableName(name)} holds ${value} at index ${index}, expected finite numbers`);
}
function firstNonFinite(floats) {
	for (let i = 0; i < floats.length; i++) if (!Number.isFinite(floats[i])) return i;
	return -1;
}
function firstNonFiniteHalf(halves) {
	for (let i = 0; i < halves.length; i++) if ((halves[i] & 31744) === 31744) return i;
	return -1;
}
// .cache/dist-26594/weights/safetensors-header.js
const MAX_RANK = 32;
/** @throws EsrganError "bad-weights" naming the place and what was expected there */
function parseSafetensorsHeader(text) {
	const reader = new HeaderReader(text);
	const entries = [];
	const metadata = Object.create(null);
	if (!text.startsWith("{")) throw reader.unexpected("\"{\"");
	reader.object("the safetensors header", (name) => {
		if (name === "__metadata__") reader.object("the safetensors metadata", (key) => {
			metadata[key] = reader.string();
		});
		else entries.push(readEntry(reader, name));
	});
	reader.end();
	return {
		entries,
		metadata
	};
}
function readEntry(reader, name) {
	let dtype;
	let shape;
	let offsets;
	reader.object(`tensor ${printableName(name)}`, (key) => {
		if (key === "dtype") dtype = reader.string();
		else if (key === "shape") shape = reader.integers(MAX_RANK);
		else if (key === "data_offsets") offsets = reader.integers(2);
		else throw bad$1(`Tensor ${printableName(name)} has a field ${printableName(key)}, expected dtype, shape and data_offsets`);
	});
	if (dtype === void 0 || shape === void 0 || offsets === void 0) {
		const missing = dtype === void 0 ? "dtype" : shape === void 0 ? "shape" : "data_offsets";
		throw bad$1(`Tensor ${printableName(name)} has no ${missing}, expected dtype, shape and data_offsets`);
	}
	const [begin, end] = offsets;
	if (begin === void 0 || end === void 0 || begin > end) throw bad$1(`Tensor ${printableName(name)} has data_offsets [${offsets.join(",")}], expected [begin,end] with begin <= end`);
	return {
		name,
		dtype,
		shape,
		begin,
		end
	};
}
/** Reads the part of JSON that the format uses: objects, strings, and lists of non-negative integers. */
var HeaderReader = class {
	text;
	at = 0;
	constructor(text) {
		this.text = text;
	}
	/** Calls `readValue` for each key, once the reader stands before the key's value. */
	object(what, readValue) {
		this.expect("{");
		if (this.accept("}")) return;
		const keys = /* @__PURE__ */ new Set();
		do {
			const key = this.string();
			if (keys.has(key)) throw bad$1(`The key ${printableName(key)} stands twice in ${what}`);
			keys.add(key);
			this.expect(":");
			readValue(key);
		} while (this.accept(","));
		this.expect("}");
	}
	string() {
		this.skipSpace();
		const start = this.at;
		if (this.text[start] !== "\"") throw this.unexpected("a string");
		let end = start + 1;
		while (end < this.text.length && this.text[end] !== "\"") end += this.text[end] === "\\" ? 2 : 1;
		try {
			const value = JSON.parse(this.text.slice(start, end + 1));
			this.at = end + 1;
			return String(value);
		} catch (cause) {
			throw this.unexpected("a string", { cause });
		}
	}
	integers(limit) {
		const values = [];
		this.expect("[");
		if (this.accept("]")) return values;
		do {
			if (values.length === limit) throw this.unexpected(`a list of at most ${limit} integers`);
			values.push(this.integer());
		} while (this.accept(","));
		this.expect("]");
		return values;
	}
	end() {
		this.skipSpace();
		if (this.at < this.text.length) throw this.unexpected("the end");
	}
	unexpected(expected, options) {
		return bad$1(`The safetensors header has ${this.at < this.text.length ? JSON.stringify(printableName(this.text.slice(this.at, this.at + 20))) : "its end"} at position ${this.at}, expected ${expected}`, options);
	}
	integer() {
		this.skipSpace();
		const [digits] = this.text.slice(this.at, this.at + 20).match(/^(?:0|[1-9]\d*)(?![\d.eE])/) ?? [];
		if (digits === void 0 || !Number.isSafeInteger(Number(digits))) throw this.unexpected(`an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
		this.at += digits.length;
		return Number(digits);
	}
	expect(character) {
		if (!this.accept(character)) throw this.unexpected(JSON.stringify(character));
	}
	accept(character) {
		this.skipSpace();
		if (this.text[this.at] !== character) return false;
		this.at++;
		return true;
	}
	skipSpace() {
		while (/[ \t\n\r]/.test(this.text[this.at] ?? "")) this.at++;
	}
};
function bad$1(message, options) {
	return new EsrganError("bad-weights", message, options);
}
// .cache/dist-26594/weights/tensor-map.js
/** A weight tensor: `data` in row-major order, as stored: Float32Array, or Uint16Array of half-precision bits. */
var WeightTensor = class {
	name;
	shape;
	data;
	constructor(name, shape, data) {
		this.name = name;
		this.shape = shape;
		this.data = data;
	}
	get dtype() {
		return this.data instanceof Float32Array ? "f32" : "f16";
	}
	floats() {
		return this.data instanceof Float32Array ? this.data : halvesToFloats(this.data);
	}
	halves() {
		return this.data instanceof Uint16Array ? this.data : void 0;
	}
};
/**
* Gets a tensor by name and checks its shape.
* @throws EsrganError "bad-weights" naming the tensor, its shape and the shape wanted
*/
function requireTensor(map, name, shape) {
	const found = map.tensors.get(name);
	if (!found) throw new EsrganError("bad-weights", `Tensor ${name} is missing, expected [${shape.join(",")}]`);
	if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], expected [${shape.join(",")}]`);
	return found;
}
// .cache/dist-26594/weights/safetensors.js
const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 1e8;
/**
* Reads a .safetensors file. F32 and F16 are kept, BF16 and F64 become float32; where the file is laid out well the tensors are views of
* `bytes`, which must then not change.
* @throws EsrganError "bad-weights" if any rule of the format is broken, a dtype is not floating-point, or a value is NaN or infinite
*/
function parseSafetensors(bytes) {
	const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
	const headerLength = readHeaderLength(file);
	const { entries, metadata } = parseSafetensorsHeader(decodeHeader(file, headerLength));
	const data = file.subarray(LENGTH_BYTES + headerLength);
	requireContiguous(entries, data.length);
	const tensors = /* @__PURE__ */ new Map();
	for (const entry of entries) tensors.set(entry.name, requireFiniteWeights(readTensor(entry, data)));
	return {
		tensors,
		metadata
	};
}
function readHeaderLength(file) {
	if (file.length < LENGTH_BYTES) throw bad(`A safetensors file starts with ${LENGTH_BYTES} bytes of header length, got ${file.length} bytes`);
	const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
	const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
	if (length > MAX_HEADER_BYTES) throw bad(`The safetensors header says it has ${length} bytes, expected at most ${MAX_HEADER_BYTES}`);
	if (length > file.length - LENGTH_BYTES) throw bad(`The safetensors header says it has ${length} bytes, but only ${file.length - LENGTH_BYTES} follow`);
	return length;
}
function decodeHeader(file, length) {
	const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
	try {
		return new TextDecoder("utf-8", {
			fatal: true,
			ignoreBOM: true
		}).decode(bytes);
	} catch (cause) {
		throw new EsrganError("bad-weights", `The safetensors header of ${length} bytes is not UTF-8`, { cause });
	}
}
/** Refuses holes and overlaps: a byte that belongs to no tensor, or to two, is either damage or somebody's hiding place. */
function requireContiguous(entries, dataLength) {
	let end = 0;
	for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
		if (entry.begin !== end) {
			const fault = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
			throw bad(`Tensor ${printableName(entry.name)} begins at byte ${entry.begin}, expected ${end}: it ${fault}`);
		}
		end = entry.end;
	}
	if (end !== dataLength) throw bad(`The safetensors tensors end at byte ${end}, but the file has ${dataLength} bytes of data`);
}
function readTensor({ name, dtype, shape, begin, end }, data) {
	const size = ELEMENT_BYTES.get(dtype);
	if (!size) throw bad(`Tensor ${printableName(name)} has dtype ${printableName(dtype)}, expected F32, F16, BF16 or F64`);
	const count = elements(name, shape);
	if (count * size !== end - begin) throw bad(`${`Tensor ${printableName(name)} of ${dtype} [${shape.join(",")}]`} has ${end - begin} bytes, expected ${count * size}`);
	const bytes = data.subarray(begin, end);
	const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
	switch (dtype) {
		case "F16": return new WeightTensor(name, shape, new Uint16Array(buffer, byteOffset, count));
		case "BF16": return new WeightTensor(name, shape, widenBrainFloats(new Uint16Array(buffer, byteOffset, count)));
		case "F64": return new WeightTensor(name, shape, new Float32Array(new Float64Array(buffer, byteOffset, count)));
		default: return new WeightTensor(name, shape, new Float32Array(buffer, byteOffset, count));
	}
}
const ELEMENT_BYTES = /* @__PURE__ */ new Map([
	["F16", 2],
	["BF16", 2],
	["F32", 4],
	["F64", 8]
]);
function elements(name, shape) {
	let count = 1;
	for (const extent of shape) {
		count *= extent;
		if (!Number.isSafeInteger(count * 8)) throw bad(`Tensor ${printableName(name)} has shape [${shape.join(",")}], which is more than can be counted`);
	}
	return count;
}
/** A brain float is the upper half of a float32. */
function widenBrainFloats(halves) {
	const bits = new Uint32Array(halves.length);
	for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
	return new Float32Array(bits.buffer);
}
function bad(message) {
	return new EsrganError("bad-weights", message);
}
// .cache/dist-26594/graph/validate.js
/** @throws EsrganError "bad-weights" or "internal", naming the node, the tensors and their channels and scales */
function validate(graph) {
	const defined = /* @__PURE__ */ new Set([graph.input]);
	const names = /* @__PURE__ */ new Set();
	for (const node of graph.nodes) {
		if (names.has(node.name)) fail("internal", node, "the name is taken by an earlier node");
		names.add(node.name);
		for (const id of node.inputs) if (!defined.has(id)) fail("internal", node, `reads ${graph.values[id]?.name ?? `value ${id}`}, which no earlier node makes`);
		if (defined.has(node.output)) fail("internal", node, `${graph.values[node.output].name} is made twice`);
		checkInputs(node, node.inputs.map((id) => graph.values[id]));
		defined.add(node.output);
	}
	if (!defined.has(graph.output)) throw new EsrganError("internal", `The graph's output, value ${graph.output}, is made by no node`);
}
/** @throws EsrganError as validate, where `inputs` do not fit the node or each other */
function checkInputs(node, inputs) {
	const [first] = inputs;
	if (!first) fail("internal", node, "has no input");
	const arity = node.op === "concat-channels" ? inputs.length : node.op === "scaled-add" ? 2 : 1;
	if (inputs.length !== arity) fail("internal", node, `takes ${arity} inputs, got ${inputs.length}`);
	for (const other of inputs.slice(1)) {
		if (other.scale !== first.scale && !(Number.isNaN(other.scale) && Number.isNaN(first.scale))) fail("bad-weights", node, `${describe$1(first)} and ${describe$1(other)} differ in scale`);
		if (node.op === "scaled-add" && other.channels !== first.channels) fail("bad-weights", node, `${describe$1(first)} and ${describe$1(other)} differ in channels`);
	}
	switch (node.op) {
		case "conv2d": {
			const { weight, bias, activation } = node.attributes;
			const [outChannels, inChannels, height, width] = weight.shape;
			if (weight.shape.length !== 4 || height !== width || height % 2 !== 1) fail("bad-weights", node, `${weight.name} has shape [${weight.shape.join(",")}], expected [O,I,K,K] with an odd K`);
			if (inChannels !== first.channels) fail("bad-weights", node, `${weight.name} has shape [${weight.shape.join(",")}], expected ${first.channels} input channels as in ${describe$1(first)}`);
			if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) fail("bad-weights", node, `${bias.name} has shape [${bias.shape.join(",")}], expected [${outChannels}]`);
			if (activation.kind === "prelu") checkSlopes(node, activation.slopes, outChannels);
			break;
		}
		case "prelu":
			checkSlopes(node, node.attributes.slopes, first.channels);
			break;
		case "pixel-shuffle": if (first.channels % node.attributes.factor ** 2 !== 0) fail("bad-weights", node, `${describe$1(first)} has no multiple of ${node.attributes.factor ** 2} channels`);
	}
}
function checkSlopes(node, slopes, channels) {
	if (slopes.shape.length !== 1 || slopes.shape[0] !== channels) fail("bad-weights", node, `${slopes.name} has shape [${slopes.shape.join(",")}], expected [${channels}]`);
}
function describe$1(value) {
	return `${value.name} (${value.channels} channels at scale ${value.scale})`;
}
function fail(code, node, what) {
	throw new EsrganError(code, `${node.name} (${node.op}): ${what}`);
}
// .cache/dist-26594/graph/builder.js
const NO_ACTIVATION = { kind: "none" };
var GraphBuilder = class {
	weights;
	#values = [];
	#nodes = [];
	/** Weights are taken from `weights` by the name of the convolution. */
	constructor(weights) {
		this.weights = weights;
	}
	/** The picture, `channels` of it. */
	input(channels) {
		return this.#value("input", channels, 1);
	}
	/**
	* A convolution with the tensors `name.weight` [O,I,K,K] and `name.bias` [O] (absent is allowed with `bias: false`).
	* @throws EsrganError "bad-weights" naming the tensor and the shapes
	*/
	conv(name, inputs, activation = NO_ACTIVATION, options = {}) {
		const input = typeof inputs === "number" ? inputs : this.concat(`${name}.concat`, inputs);
		const { channels, scale } = this.#values[input];
		const weight = this.#convWeight(`${name}.weight`, channels);
		const [outChannels] = weight.shape;
		const bias = options.bias === false ? void 0 : requireTensor(this.weights, `${name}.bias`, [outChannels]);
		return this.#node("conv2d", name, [input], {
			weight,
			bias,
			activation
		}, outChannels, scale);
	}
	/** The PReLU slopes `name.weight`, one for each of `channels`. */
	preluSlopes(name, channels) {
		return {
			kind: "prelu",
			slopes: requireTensor(this.weights, `${name}.weight`, [channels])
		};
	}
	concat(name, inputs) {
		const values = inputs.map((id) => this.#values[id]);
		if (values.length === 1) return inputs[0];
		const channels = values.reduce((sum, value) => sum + value.channels, 0);
		return this.#node("concat-channels", name, inputs, {}, channels, values[0].scale);
	}
	/** `alpha * x + y`. */
	scaledAdd(name, x, alpha, y) {
		const { channels, scale } = this.#values[x];
		return this.#node("scaled-add", name, [x, y], { alpha }, channels, scale);
	}
	activate(name, x, activation) {
		const { channels, scale } = this.#values[x];
		if (activation.kind === "none") return x;
		if (activation.kind === "prelu") return this.#node("prelu", name, [x], { slopes: activation.slopes }, channels, scale);
		const slope = activation.kind === "relu" ? 0 : activation.slope;
		return this.#node("leaky-relu", name, [x], { slope }, channels, scale);
	}
	pixelShuffle(name, x, factor, order = "pytorch") {
		const { channels, scale } = this.#values[x];
		return this.#node("pixel-shuffle", name, [x], {
			factor,
			order
		}, channels / factor ** 2, scale * factor);
	}
	pixelUnshuffle(name, x, factor, order = "pytorch") {
		const { channels, scale } = this.#values[x];
		return this.#node("pixel-unshuffle", name, [x], {
			factor,
			order
		}, channels * factor ** 2, scale / factor);
	}
	upsampleNearest(name, x, factor) {
		const { channels, scale } = this.#values[x];
		return this.#node("upsample-nearest", name, [x], { factor }, channels, scale * factor);
	}
	resize(name, x, attributes) {
		return this.#node("resize", name, [x], attributes, this.#values[x].channels, NaN);
	}
	/** The finished, validated graph. */
	build(output) {
		const graph = {
			values: this.#values,
			nodes: this.#nodes,
			input: 0,
			output
		};
		validate(graph);
		return graph;
	}
	#convWeight(name, inChannels) {
		const found = this.weights.tensors.get(name);
		const wanted = `expected [O,${inChannels},K,K] with an odd K`;
		if (!found) throw new EsrganError("bad-weights", `Tensor ${name} is missing, ${wanted}`);
		const [outChannels = 0, , kernel = 0] = found.shape;
		if (found.shape.length !== 4 || kernel % 2 !== 1) throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], ${wanted}`);
		return requireTensor(this.weights, name, [
			outChannels,
			inChannels,
			kernel,
			kernel
		]);
	}
	#value(name, channels, scale) {
		return this.#values.push({
			name,
			channels,
			scale
		}) - 1;
	}
	#node(op, name, inputs, attributes, channels, scale) {
		const node = {
			op,
			name,
			inputs,
			output: this.#values.length,
			attributes
		};
		checkInputs(node, inputs.map((id) => this.#values[id]));
		this.#nodes.push(node);
		return this.#value(name, channels, scale);
	}
};
// .cache/dist-26594/models/inspect.js
/** The shape of tensor `name`, which must have `rank` dimensions. */
function shapeOf(map, name, rank) {
	const found = map.tensors.get(name);
	if (!found) throw new EsrganError("bad-weights", `Tensor ${name} is missing`);
	if (found.shape.length !== rank) throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], expected ${rank} dimensions`);
	return found.shape;
}
/** How many of `name(0)`, `name(1)`, ... there are, counted from `first` until the first that is missing. */
function countFrom(map, first, name) {
	let count = 0;
	while (map.tensors.has(name(first + count))) count++;
	return count;
}
/** @throws EsrganError "bad-weights" naming tensors that the network has no place for */
function refuseUnused(map, used, network) {
	const unused = [...map.tensors.keys()].filter((name) => !used.has(name));
	if (unused.length > 0) throw new EsrganError("unsupported-model", `The weights look like ${network} but hold ${unused.length} tensors it has no place for, such as ${printableName(unused[0])}`);
}
/** 1 or 3, or a refusal. */
function pictureChannels(channels, name) {
	if (channels !== 1 && channels !== 3) throw new EsrganError("unsupported-model", `${name} gives pictures of ${channels} channels, expected 1 or 3`);
	return channels;
}
/** The metadata's whole number `name`, if there is one. */
function metadataInteger(map, name) {
	const text = map.metadata[name];
	if (text === void 0) return void 0;
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new EsrganError("bad-weights", `The metadata says ${name} = "${printableName(text)}", expected a positive integer`);
	return value;
}
// .cache/dist-26594/models/compact.js
/** Even `body` indices are convolutions, odd ones PReLU slopes. */
function isCompact(map) {
	const isSlopes = (name) => map.tensors.get(name)?.shape.length === 1;
	const isConv = (name) => map.tensors.get(name)?.shape.length === 4;
	return isConv("body.0.weight") && isSlopes("body.1.weight") && isConv("body.2.weight");
}
/** @throws EsrganError "bad-weights" or "unsupported-model" */
function compact(map) {
	const indices = [...map.tensors.keys()].map((name) => Number(/^body\.(\d+)\.weight$/.exec(name)?.[1] ?? -1));
	const last = Math.max(...indices);
	const blocks = (last - 2) / 2;
	if (!Number.isInteger(blocks)) throw new EsrganError("bad-weights", `The last tensor is body.${last}.weight, expected a convolution at an even index`);
	const [, inChannels] = shapeOf(map, "body.0.weight", 4);
	const channels = pictureChannels(inChannels, "body.0.weight");
	const [shuffled] = shapeOf(map, `body.${last}.weight`, 4);
	const scale = Math.sqrt(shuffled / channels);
	if (!Number.isInteger(scale)) throw new EsrganError("bad-weights", `body.${last}.weight gives ${shuffled} channels, expected ${channels} times the square of a scale`);
	const said = metadataInteger(map, "scale");
	if (said !== void 0 && said !== scale) throw new EsrganError("bad-weights", `The metadata says scale ${said}, body.${last}.weight gives ${scale}`);
	const b = new GraphBuilder(map);
	const x = b.input(channels);
	const names = [];
	let y = x;
	for (let index = 0; index < last; index += 2) {
		const [features] = shapeOf(map, `body.${index}.weight`, 4);
		y = b.conv(`body.${index}`, y, b.preluSlopes(`body.${index + 1}`, features));
		names.push(`body.${index}.weight`, `body.${index}.bias`, `body.${index + 1}.weight`);
	}
	y = b.pixelShuffle("shuffle", b.conv(`body.${last}`, y), scale);
	names.push(`body.${last}.weight`, `body.${last}.bias`);
	const out = scale === 1 ? b.scaledAdd("base", y, 1, x) : b.scaledAdd("base", y, 1, b.upsampleNearest("nearest", x, scale));
	refuseUnused(map, new Set(names), "an SRVGGNetCompact");
	return {
		architecture: "compact",
		scale,
		blocks,
		inputChannels: channels,
		outputChannels: channels,
		multiple: 1,
		graph: b.build(out)
	};
}
// .cache/dist-26594/models/key-layouts.js
/** Prefixes that wrappers put before every name. */
const PREFIXES = [
	"module.",
	"netG.",
	"generator."
];
/** The tensors under Real-ESRGAN's names; what no rule knows keeps its name. */
function normalizeKeys(map) {
	const names = [...map.tensors.keys()];
	const prefix = PREFIXES.find((candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate))) ?? "";
	const bare = names.map((name) => name.slice(prefix.length));
	const rename = bare.some((name) => name.startsWith("model.1.sub.")) ? oldArchRenamer(bare) : bare.some((name) => name.startsWith("RRDB_trunk.")) ? renameTrunk : (name) => name;
	const tensors = /* @__PURE__ */ new Map();
	names.forEach((name, index) => {
		tensors.set(rename(bare[index]), map.tensors.get(name));
	});
	return {
		tensors,
		metadata: map.metadata
	};
}
/** ESRGAN, BSRGAN, RealSR: `RRDB_trunk.0.RDB1.conv1.weight`. */
function renameTrunk(name) {
	return name.replace(/^RRDB_trunk\.(\d+)\.RDB(\d+)\./, "body.$1.rdb$2.").replace(/^trunk_conv\./, "conv_body.").replace(/^upconv(\d+)\./, "conv_up$1.").replace(/^HRconv\./, "conv_hr.");
}
/** The first ESRGAN code, a nested Sequential: `model.1.sub.0.RDB1.conv1.0.weight`, numbered by position. */
function oldArchRenamer(names) {
	const trunk = names.map((name) => Number(/^model\.1\.sub\.(\d+)\.(?:weight|bias)$/.exec(name)?.[1] ?? -1));
	const blocks = Math.max(...trunk);
	const indices = names.map((name) => Number(/^model\.(\d+)\.(?:weight|bias)$/.exec(name)?.[1] ?? 0));
	const ups = Math.floor((Math.max(...indices) + 1 - 5) / 3);
	const top = /* @__PURE__ */ new Map([
		[0, "conv_first"],
		[3 * ups + 2, "conv_hr"],
		[3 * ups + 4, "conv_last"]
	]);
	for (let up = 1; up <= ups; up++) top.set(3 * up, `conv_up${up}`);
	return (name) => name.replace(/^model\.1\.sub\.(\d+)\.RDB(\d+)\.conv1x1\./, "body.$1.rdb$2.conv1x1.").replace(/^model\.1\.sub\.(\d+)\.RDB(\d+)\.conv(\d+)\.0\./, "body.$1.rdb$2.conv$3.").replace(new RegExp(`^model\\.1\\.sub\\.${blocks}\\.`), "conv_body.").replace(/^model\.(\d+)\.(weight|bias)$/, (whole, index, kind) => {
		const found = top.get(Number(index));
		return found ? `${found}.${kind}` : whole;
	});
}
// .cache/dist-26594/models/rrdb.js
const RESIDUAL_SCALE = .2;
function trunkOf(map) {
	const blocks = countFrom(map, 0, (n) => `body.${n}.rdb1.conv1.weight`);
	const denseBlocks = countFrom(map, 1, (k) => `body.0.rdb${k}.conv1.weight`);
	const convs = countFrom(map, 1, (j) => `body.0.rdb1.conv${j}.weight`);
	const plus = map.tensors.has("body.0.rdb1.conv1x1.weight");
	const names = [];
	const extraTensors = [];
	for (let n = 0; n < blocks; n++) for (let k = 1; k <= denseBlocks; k++) {
		for (let j = 1; j <= convs; j++) names.push(`body.${n}.rdb${k}.conv${j}`);
		if (plus) extraTensors.push(`body.${n}.rdb${k}.conv1x1.weight`);
	}
	return {
		blocks,
		denseBlocks,
		convs,
		plus,
		names,
		extraTensors
	};
}
/** `RDB_n(...RDB_1(x)) * 0.2 + x` */
function rrdb(b, id, x, trunk, activation) {
	let y = x;
	for (let k = 1; k <= trunk.denseBlocks; k++) y = denseBlock(b, `${id}.rdb${k}`, y, trunk, activation);
	return b.scaledAdd(`${id}.residual`, y, RESIDUAL_SCALE, x);
}
/** Each convolution sees the block's input and all growth before it; the last one has no activation. */
function denseBlock(b, id, x, trunk, activation) {
	const growth = [];
	for (let j = 1; j < trunk.convs; j++) {
		let g = b.conv(`${id}.conv${j}`, [x, ...growth], activation);
		if (trunk.plus && j === 2) g = b.scaledAdd(`${id}.plus2`, b.conv(`${id}.conv1x1`, x, void 0, { bias: false }), 1, g);
		if (trunk.plus && j === 4) g = b.scaledAdd(`${id}.plus4`, g, 1, growth[1]);
		growth.push(g);
	}
	return b.scaledAdd(`${id}.residual`, b.conv(`${id}.conv${trunk.convs}`, [x, ...growth]), RESIDUAL_SCALE, x);
}
// .cache/dist-26594/models/rrdbnet.js
const LEAKY = {
	kind: "leaky-relu",
	slope: .2
};
/** Whether `map`, under Real-ESRGAN's names, is an RRDBNet. */
function isRrdbNet(map) {
	return [
		"conv_first",
		"body.0.rdb1.conv1",
		"conv_body",
		"conv_hr",
		"conv_last"
	].every((name) => map.tensors.has(`${name}.weight`));
}
/**
* Builds the network from its tensors under Real-ESRGAN's names: any number of blocks, features, growth channels and
* up-convolutions.
* @throws EsrganError "bad-weights" or "unsupported-model"
*/
function rrdbNet(map) {
	const trunk = trunkOf(map);
	const [, inChannels] = shapeOf(map, "conv_first.weight", 4);
	const outputChannels = pictureChannels(shapeOf(map, "conv_last.weight", 4)[0], "conv_last.weight");
	const multiple = unshuffleFactor(inChannels, outputChannels);
	const ups = countFrom(map, 1, (index) => `conv_up${index}.weight`);
	const upFactor = upFactorOf(map, ups, multiple);
	const b = new GraphBuilder(map);
	const picture = b.input(outputChannels);
	const x = multiple === 1 ? picture : b.pixelUnshuffle("unshuffle", picture, multiple);
	const first = b.conv("conv_first", x);
	let y = first;
	for (let n = 0; n < trunk.blocks; n++) y = rrdb(b, `body.${n}`, y, trunk, LEAKY);
	y = b.scaledAdd("skip", b.conv("conv_body", y), 1, first);
	for (let up = 1; up <= ups; up++) y = b.conv(`conv_up${up}`, b.upsampleNearest(`upsample${up}`, y, upFactor), LEAKY);
	const out = b.conv("conv_last", b.conv("conv_hr", y, LEAKY));
	refuseUnused(map, expectedNames(trunk, ups), "an RRDBNet");
	return {
		architecture: "rrdbnet",
		scale: upFactor ** ups / multiple,
		blocks: trunk.blocks,
		inputChannels: outputChannels,
		outputChannels,
		multiple,
		graph: b.build(out)
	};
}
/** Input channels beyond the output's are pixels laid into channels: 12 for 3 at factor 2, 48 at factor 4. */
function unshuffleFactor(inChannels, outChannels) {
	const factor = Math.sqrt(inChannels / outChannels);
	if (factor === 1 || factor === 2 || factor === 4) return factor;
	throw new EsrganError("unsupported-model", `conv_first takes ${inChannels} channels and conv_last gives ${outChannels}, expected 1, 4 or 16 times as many`);
}
/** Each up-convolution doubles the size unless the metadata's scale says otherwise. */
function upFactorOf(map, ups, multiple) {
	const scale = metadataInteger(map, "scale");
	if (scale === void 0) {
		if (2 ** ups >= multiple) return 2;
		throw new EsrganError("unsupported-model", `The network unshuffles its input by ${multiple} but has ${ups} up-convolutions, too few to give the size back`);
	}
	const factor = ups === 0 ? 1 : Math.round((scale * multiple) ** (1 / ups));
	if (factor ** ups !== scale * multiple) throw new EsrganError("bad-weights", `The metadata says scale ${scale}, which ${ups} up-convolutions and an unshuffle of ${multiple} cannot give`);
	return factor;
}
function expectedNames(trunk, ups) {
	const convs = [
		"conv_first",
		"conv_body",
		"conv_hr",
		"conv_last",
		...trunk.names
	];
	for (let up = 1; up <= ups; up++) convs.push(`conv_up${up}`);
	return /* @__PURE__ */ new Set([...convs.flatMap((name) => [`${name}.weight`, `${name}.bias`]), ...trunk.extraTensors]);
}
// .cache/dist-26594/models/rrdn.js
const ACTIVATIONS = {
	relu: { kind: "relu" },
	"leaky-relu": {
		kind: "leaky-relu",
		slope: .2
	}
};
function isRrdn(map) {
	return [
		"conv_first",
		"body.0.rdb1.conv1",
		"conv_body",
		"conv_shuffle",
		"conv_last"
	].every((name) => map.tensors.has(`${name}.weight`));
}
/** @throws EsrganError "bad-weights" or "unsupported-model" */
function rrdn(map) {
	const trunk = trunkOf(map);
	const said = map.metadata.activation ?? "relu";
	const activation = Object.hasOwn(ACTIVATIONS, said) ? ACTIVATIONS[said] : void 0;
	if (!activation) throw new EsrganError("bad-weights", `The metadata says activation = "${printableName(said)}", expected ${Object.keys(ACTIVATIONS).join(" or ")}`);
	const [outChannels, lastIn] = shapeOf(map, "conv_last.weight", 4);
	const [, inChannels] = shapeOf(map, "conv_first.weight", 4);
	const outputChannels = pictureChannels(outChannels, "conv_last.weight");
	const inputChannels = pictureChannels(inChannels, "conv_first.weight");
	const [shuffled] = shapeOf(map, "conv_shuffle.weight", 4);
	const scale = Math.sqrt(shuffled / lastIn);
	if (!Number.isInteger(scale)) throw new EsrganError("bad-weights", `conv_shuffle gives ${shuffled} channels, expected ${lastIn} times the square of a scale`);
	const b = new GraphBuilder(map);
	const first = b.conv("conv_first", b.input(inputChannels));
	let y = first;
	for (let n = 0; n < trunk.blocks; n++) y = rrdb(b, `body.${n}`, y, trunk, activation);
	y = b.scaledAdd("skip", b.conv("conv_body", y), 1, first);
	const out = b.conv("conv_last", b.pixelShuffle("shuffle", b.conv("conv_shuffle", y), scale));
	const names = [
		"conv_first",
		"conv_body",
		"conv_shuffle",
		"conv_last",
		...trunk.names
	];
	refuseUnused(map, new Set(names.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an RRDN");
	return {
		architecture: "rrdn",
		scale,
		blocks: trunk.blocks,
		inputChannels,
		outputChannels,
		multiple: 1,
		graph: b.build(out)
	};
}
// .cache/dist-26594/models/detect.js
const SUPPORTED = "RRDBNet (ESRGAN, Real-ESRGAN, ESRGAN+), RRDN and SRVGGNetCompact";
/**
* The network `map` holds the weights of, in any key layout.
* @throws EsrganError "unsupported-model" saying what was found and what is supported; "bad-weights" where it is one of
*   those but a tensor does not fit
*/
function detectNetwork(map) {
	const normalized = normalizeKeys(map);
	if (isRrdbNet(normalized)) return rrdbNet(normalized);
	if (isRrdn(normalized)) return rrdn(normalized);
	if (isCompact(normalized)) return compact(normalized);
	const names = [...map.tensors.keys()];
	throw new EsrganError("unsupported-model", `${names.length === 0 ? "The weights hold no tensors" : `The weights hold ${names.length} tensors (${names.slice(0, 3).map(printableName).join(", ")}, ...) of a network that is not known`}; supported are ${SUPPORTED}`);
}
// .cache/dist-26594/models/model.js
/**
* Reads a .safetensors file: bytes, a Blob, a Response, or the URL of one.
* @throws EsrganError "network", "bad-weights" or "unsupported-model"; signal.reason if aborted
*/
async function readModel(source, options = {}) {
	const bytes = await readBytes$1(source, options);
	const weights = parseSafetensors(bytes);
	const network = detectNetwork(weights);
	return {
		name: options.name ?? fileName(source) ?? network.architecture,
		network,
		byteLength: bytes.byteLength,
		metadata: weights.metadata
	};
}
function fileName(source) {
	const url = typeof source === "string" || source instanceof URL ? String(source) : void 0;
	return url && (/([^/?#]+?)(?:\.safetensors)?(?:[?#].*)?$/.exec(url)?.[1] ?? void 0);
}
// .cache/dist-26594/models/bundled.js
const DEFAULT_MODEL = "general-x4v3";
/** The models by name, and what each is for. */
const BUNDLED_MODELS = {
	"general-x4v3": { summary: "4x, real photos, small and fast (Real-ESRGAN general-x4v3)" },
	"anime-6b": {
		summary: "4x, drawings (Real-ESRGAN x4plus anime 6B)",
		package: "@esrgan-webgpu/anime-6b"
	},
	x4plus: {
		summary: "4x, real photos, large and slow (Real-ESRGAN x4plus)",
		package: "@esrgan-webgpu/x4plus"
	}
};
const loaded = /* @__PURE__ */ new Map();
/**
* Loads a model: a bundled name, a companion package's export, a .safetensors file's bytes, Blob, Response or URL. A loaded
* model is given back as it is.
* @throws EsrganError "unsupported-model" naming what to install or which models there are, "network", "bad-weights";
*   signal.reason if aborted
*/
async function loadModel(source = DEFAULT_MODEL, options = {}) {
	if (typeof source === "function") return readModel(await source(), options);
	if (typeof source !== "string") return isModel(source) ? source : readModel(source, options);
	if (Object.hasOwn(BUNDLED_MODELS, source)) return bundledModel(source);
	if (/[./:]/.test(source)) return readModel(source, options);
	throw new EsrganError("unsupported-model", `There is no model named "${source}"; there are ${Object.keys(BUNDLED_MODELS).join(", ")}, or give the URL of a .safetensors file`);
}
/** Loaded once and shared, unless loading failed. */
function bundledModel(name) {
	const found = loaded.get(name);
	if (found) return found;
	const loading = bundledBytes(name).then((bytes) => readModel(bytes, { name }));
	loading.catch(() => loaded.delete(name));
	loaded.set(name, loading);
	return loading;
}
async function bundledBytes(name) {
	const specifier = BUNDLED_MODELS[name].package;
	if (specifier === void 0) {
		const { default: base64 } = await import("../../models/general-x4v3/general-x4v3.js");
		return fromBase64(base64);
	}
	let load;
	try {
		({default: load} = await import(
			/* @vite-ignore */
			/* webpackIgnore: true */
			specifier
));
	} catch (cause) {
		throw new EsrganError("unsupported-model", `The model "${name}" is in its own package: npm install ${specifier}, and in a bundled page pass that package's default export as the model`, { cause });
	}
	return load();
}
function fromBase64(base64) {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}
function isModel(source) {
	return typeof source === "object" && source !== null && "network" in source;
}
// .cache/dist-26594/models/interpolate.js
/**
* The model whose tensors (convolution weights, biases, slopes) are the sums of the parts' times their weights, added up in
* float64 and kept as float32. It takes its memory at once and holds nothing of the parts, whose tensors may be named after
* different key layouts. Called `a:0.8+b:0.2` unless `name` says otherwise.
* @throws EsrganError "bad-input" if there is no part, a weight is not finite, or the networks differ, naming the first
*   fact or tensor that does; "bad-weights" naming a tensor with a sum beyond float32
*/
function interpolateModels(parts, options = {}) {
	requireParts(parts);
	const mixing = new Mixing(parts);
	const { network } = parts[0].model;
	const graph = mixing.graph();
	return {
		name: options.name ?? parts.map(({ model, weight }) => `${model.name}:${weight}`).join("+"),
		network: {
			...network,
			graph
		},
		byteLength: mixing.byteLength,
		metadata: {}
	};
}
function requireParts(parts) {
	if (!Array.isArray(parts) || parts.length === 0) throw new EsrganError("bad-input", `Interpolation needs a list of at least one { model, weight }, got ${Array.isArray(parts) ? "none" : typeof parts}`);
	for (const part of parts) {
		if (typeof part?.model?.network !== "object") throw new EsrganError("bad-input", `Interpolation needs models that are loaded, as loadModel does, got ${typeof part?.model}`);
		if (typeof part.weight !== "number" || !Number.isFinite(part.weight)) throw new EsrganError("bad-input", `The weight of ${printableName(part.model.name)} is ${String(part.weight)}, expected a finite number`);
	}
}
/** Goes through the graphs of all parts side by side. */
var Mixing = class {
	parts;
	byteLength = 0;
	constructor(parts) {
		this.parts = parts;
	}
	graph() {
		const networks = this.parts.map(({ model }) => model.network);
		for (const fact of [
			"architecture",
			"scale",
			"blocks",
			"inputChannels",
			"outputChannels",
			"multiple"
		]) this.#same(`the network's ${fact}`, (at) => networks[at][fact]);
		const graphs = networks.map(({ graph }) => graph);
		const count = Math.max(...graphs.map(({ nodes }) => nodes.length));
		const nodes = Array.from({ length: count }, (_, index) => this.#node(graphs.map(({ nodes }) => nodes[index])));
		this.#same("the output", (at) => graphs[at].output);
		return {
			...graphs[0],
			nodes
		};
	}
	#node(nodes) {
		const first = nodes.find((node) => node !== void 0);
		this.#same(`the operation at ${first.name}`, (at) => {
			const node = nodes[at];
			return node && `${node.op} ${node.name} of ${node.inputs.join(", ")}`;
		});
		const attributes = this.#attributes(first.name, nodes.map((node) => node.attributes));
		return {
			...first,
			attributes
		};
	}
	#attributes(what, values) {
		if (values.every(isParameter)) return this.#tensor(values);
		if (values.every(isRecord)) {
			const mixed = [...new Set(values.flatMap((value) => Object.keys(value)))].map((key) => [key, this.#attributes(`${what}.${key}`, values.map((value) => value[key]))]);
			return Object.fromEntries(mixed);
		}
		this.#same(what, (at) => isParameter(values[at]) ? "a tensor" : values[at]);
		return values[0];
	}
	#tensor(tensors) {
		const { name, shape } = tensors[0];
		this.#same(`the shape of tensor ${printableName(name)}`, (at) => `[${tensors[at].shape.join(",")}]`);
		const sources = tensors.map((tensor) => tensor.floats());
		const weights = this.parts.map(({ weight }) => weight);
		const sums = new Float32Array(sources[0].length);
		for (let i = 0; i < sums.length; i++) {
			let sum = 0;
			for (let part = 0; part < sources.length; part++) sum += weights[part] * sources[part][i];
			sums[i] = sum;
		}
		this.byteLength += sums.byteLength;
		return requireFiniteWeights(new WeightTensor(name, shape, sums));
	}
	/** Refuses parts of which `fact` says different things. */
	#same(what, fact) {
		const wanted = fact(0);
		const other = this.parts.findIndex((_, at) => fact(at) !== wanted);
		if (other < 0) return;
		const says = (at) => `${String(fact(at) ?? "missing")} in ${printableName(this.parts[at].model.name)}`;
		throw new EsrganError("bad-input", `Only models of the same network can be interpolated: ${what} is ${says(0)}, ${says(other)}`);
	}
};
function isRecord(value) {
	return typeof value === "object" && value !== null;
}
function isParameter(value) {
	return isRecord(value) && "floats" in value;
}
// .cache/dist-26594/shaders/unroll.js
/** `main` from its first pixel x0, y0 on, of STEP output pixels each; invocations wholly outside the picture end there, unless others need them. */
function mainWgsl(head, body) {
	const { workgroupX, workgroupY, subgroup, pixelsX, pixelsY, lanes } = head;
	const group = lanes ? "groupId.yzx" : "groupId";
	const column = lanes ? `  let lane = subgroupLane % ${lanes}u;\n  let column = subgroupLane % ${workgroupX}u;` : "  let column = local.x;";
	const end = lanes ? "" : "\n  if (x0 * STEP >= planes.dst.width || y0 * STEP >= planes.dst.height) { return; }";
	const builtin = lanes ? ", @builtin(subgroup_invocation_id) subgroupLane: u32" : "";
	return `
@compute @workgroup_size(${workgroupX}, ${workgroupY})${subgroup ? ` @subgroup_size(${subgroup})` : ""}
fn main(@builtin(workgroup_id) groupId: vec3u, @builtin(local_invocation_id) local: vec3u${builtin}) {
  let group = ${group};
${column}
  let x0 = (group.x * ${workgroupX}u + column) * ${pixelsX}u;
  let y0 = (group.y * ${workgroupY}u + local.y) * ${pixelsY}u;${end}
  let pitch = planes.src.pitch;
${body}
}`;
}
const MAX_TEXTS = 64;
/** `generate` that makes the text of equal shapes once: a network has hundreds of convolutions, and a dozen shapes of them. */
function madeOnce(generate) {
	const texts = /* @__PURE__ */ new Map();
	return (shape) => {
		const key = JSON.stringify(shape);
		const found = texts.get(key);
		if (found !== void 0) return found;
		if (texts.size === MAX_TEXTS) texts.clear();
		const text = generate(shape);
		texts.set(key, text);
		return text;
	};
}
function each(count, line, separator = "\n") {
	return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}
/** The component of a block that holds channel `k` of its four. */
function lane(k) {
	return "xyzw"[k];
}
/** Literals let GPU compilers do without a guard in the loop. */
function literalCounts(sources) {
	const total = sources.reduce((sum, blocks) => sum + blocks, 0);
	const chunk = sources.every((blocks) => blocks % 2 === 0) ? 2 : 1;
	return {
		count: sources.length,
		blocks: (index) => `${sources[index]}u`,
		total: `${total}u`,
		chunk
	};
}
/** Uniforms let convolutions of different channel counts share a pipeline. */
function uniformCounts(count) {
	const blocks = (index) => `planes.src.aux${index}`;
	return {
		count,
		blocks,
		total: `(${each(count, blocks, " + ")})`,
		chunk: 1
	};
}
/**
* One loop a source over its channel blocks; `body` reads them at `at` and their weights, `weightsPerBlock` of them, from `w`
* on, which are those of the group of output channels that `weightGroup` numbers. With `chunk` the sums of a few channel blocks at a
* time start with `open` and are added up by `close`.
*/
function sourceLoops(sources, weightsPerBlock, body, { chunk, weightGroup = "group.z" } = {}) {
	return each(sources.count, (index) => {
		const blocks = sources.blocks(index);
		const before = each(index, (earlier) => `${sources.blocks(earlier)} + `, "");
		const inner = (i) => `    let at = corner + ${i} * planes.src.size;
    let w = (${weightGroup} * ${sources.total} + ${before}${i}) * ${weightsPerBlock}u;
${body(`source${index}`)}`;
		if (!chunk) return `
  for (var i = 0u; i < ${blocks}; i++) {
${inner("i")}
  }`;
		return `
  for (var c = 0u; c < ${blocks}; c += ${sources.chunk}u) {
${chunk.open}
    for (var i = 0u; i < ${sources.chunk}u; i++) {
${inner("(c + i)")}
    }
${chunk.close}
  }`;
	});
}
// .cache/dist-26594/shaders/conv2d.wgsl.js
/** `affine` holds the bias of each channel block, then, from planes.dst.aux0 on, its slopes. */
const convEpilogueWgsl = `
fn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {
  // Threads overhang the picture; what lies outside is border and stays zero.
  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }
  let phase = channelBlock % (SHUFFLE * SHUFFLE);
  let outBlock = channelBlock / (SHUFFLE * SHUFFLE);
  let position = vec2u(x * SHUFFLE + phase % SHUFFLE, y * SHUFFLE + phase / SHUFFLE);
  let value = activate(sum, channelBlock) * alpha() + residual(outBlock, position);
  dst[blockIndex(outBlock, position, planes.dst)] = toBlock(value);
}`;
/** The same for a convolution whose result is the picture: one block of channels, stored as a pixel. */
const convPixelEpilogueWgsl = `
fn emit(channelBlock: u32, x: u32, y: u32, sum: vec4f) {
  if (x * SHUFFLE >= planes.dst.width || y * SHUFFLE >= planes.dst.height) { return; }
  let position = vec2u(x * SHUFFLE + channelBlock % SHUFFLE, y * SHUFFLE + channelBlock / SHUFFLE);
  storePixel(position, activate(sum, channelBlock) * alpha() + residual(0u, position));
}`;
/** They select, since max and min may lose a NaN, which the picture's flag is to tell of. */
const ACTIVATION_WGSL = {
	none: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return x; }`,
	relu: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(x, vec4f(0), x < vec4f(0)); }`,
	"leaky-relu": `
fn activate(x: vec4f, channelBlock: u32) -> vec4f { return select(SLOPE * x, x, x > vec4f(0)); }`,
	/** Serves none too, with a slope of 1. */
	"uniform-slope": `
fn activate(x: vec4f, channelBlock: u32) -> vec4f {
  return select(bitcast<f32>(planes.dst.aux2) * x, x, x > vec4f(0));
}`,
	prelu: `
fn activate(x: vec4f, channelBlock: u32) -> vec4f {
  return select(affine[planes.dst.aux0 + channelBlock] * x, x, x > vec4f(0));
}`
};
/** What the results are scaled by, and the sum of the residuals: from constants, which compilers make the most of. */
function scalingWgsl(residuals) {
	return `
fn alpha() -> f32 { return ALPHA; }
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  return ${each(residuals, (i) => `RESIDUAL${i}_BETA * toFloats(residual${i}[blockIndex(channelBlock, position / RESIDUAL${i}_UPSAMPLE, planes.residual${i})])`, "\n    + ") || "vec4f(0)"};
}`;
}
/** The same from the uniform, for convolutions that have up to so many residuals; of what has none the factor is zero. */
function uniformScalingWgsl(residuals) {
	return `
fn alpha() -> f32 { return bitcast<f32>(planes.dst.aux1); }
fn residual(channelBlock: u32, position: vec2u) -> vec4f {
  var sum = vec4f(0);
${each(residuals, (i) => `  let beta${i} = bitcast<f32>(planes.residual${i}.aux0);
  if (beta${i} != 0) { sum += beta${i} * toFloats(residual${i}[blockIndex(channelBlock, position, planes.residual${i})]); }`)}
  return sum;
}`;
}
// .cache/dist-26594/shaders/conv2d-frame.js
function convFrame(shape) {
	const { channelBlocks, folded, reach } = shape;
	const origin = `planes.src.origin - ${reach}u * pitch - ${reach}u`;
	if (!folded) return {
		block0: `  let block0 = group.z * ${channelBlocks}u;`,
		origin,
		emit: (block, x, y, value) => `  emit(block0 + ${block}, x0 + ${x}, y0 + ${y}, ${value});`
	};
	return {
		block0: `  let block0 = group.z / 4u * ${channelBlocks}u;
  let phase = vec2u(group.z % 2u, group.z / 2u % 2u);`,
		origin: `${origin} + phase.y * pitch + phase.x`,
		emit: (block, x, y, value) => `  emit(block0 + ${block}, (x0 + ${x}) * 2u + phase.x, (y0 + ${y}) * 2u + phase.y, ${value});`
	};
}
// .cache/dist-26594/shaders/conv2d-direct.js
function convDirectWgsl(shape) {
	const { channelBlocks, upsample, rows } = shape;
	const { block0, origin, emit } = convFrame({
		...shape,
		reach: reach(shape)
	});
	return mainWgsl(shape, `${block0}
  let corner = ${origin} + (y0 / ${upsample}u) * pitch + x0 / ${upsample}u;
${each(channelBlocks, (c) => `  let bias${c} = affine[block0 + ${c}u];`)}
${eachSum$1(shape, (name, _x, _y, c) => `  var ${name} = bias${c};`)}
${rows === "unrolled" ? unrolledLoops(shape) : loopedLoops(shape)}
${eachSum$1(shape, (name, x, y, c) => emit(`${c}u`, `${x}u`, `${y}u`, name))}`);
}
/** One loop a source; its body passes once over the source rows, each used by every output row that meets it. */
function unrolledLoops(shape) {
	const { kernel, pixelsX, pixelsY, channelBlocks, math } = shape;
	const half = math === "f16";
	const uses = /* @__PURE__ */ new Map();
	for (let y = 0; y < pixelsY; y++) for (let ky = 0; ky < kernel; ky++) {
		const row = sourceOffset(shape, y + ky);
		uses.set(row, [...uses.get(row) ?? [], {
			y,
			ky
		}]);
	}
	const rows = [...uses].sort(([a], [b]) => a - b);
	const rowWeights = kernel * 4 * channelBlocks;
	const columns = sourceOffset(shape, pixelsX - 1 + kernel - 1) + 1;
	const body = (source) => rows.map(([row, users]) => {
		return `    {\n${each(columns, (x) => `      let v${x} = toMath(${source}[at + ${row}u * pitch + ${x}u]);`)}\n${[...users].sort((a, b) => a.ky - b.ky).map(({ y, ky }) => eachTap(shape, (kx, k, c, index) => {
			const lines = each(pixelsX, (x) => multiplyAdd(half ? "h" : "s", x, y, c, `v${sourceOffset(shape, x + kx)}`, k), " ");
			return `      { let q = toMath(weights[w + ${ky * rowWeights + index}u]); ${lines} }`;
		})).join("\n")}\n    }`;
	}).join("\n");
	const chunk = {
		open: eachSum$1(shape, (name) => `    var h${name.slice(1)} = Math(0);`),
		close: eachSum$1(shape, (name) => `    ${name} += vec4f(h${name.slice(1)});`)
	};
	return sourceLoops(literalCounts(shape.sources), rowWeights * kernel, body, { chunk: half ? chunk : void 0 });
}
/** One loop a source, in it one over kernel rows; each weight serves all output rows. */
function loopedLoops(shape) {
	const { kernel, upsample, pixelsX, pixelsY, channelBlocks, folded } = shape;
	const columns = sourceOffset(shape, pixelsX - 1 + kernel - 1) + 1;
	const rowWeights = kernel * 4 * channelBlocks;
	const lift = folded ? 0 : reach(shape) * upsample - (kernel - 1) / 2;
	const body = (source) => `    for (var ky = 0u; ky < ${kernel}u; ky++) {
      let wy = w + ky * ${rowWeights}u;
${each(pixelsY, (y) => `      let at${y} = at + (ky + ${y + lift}u) / ${upsample}u * pitch;
${each(columns, (x) => `      let v${y}${x} = toMath(${source}[at${y} + ${x}u]);`)}`)}
${eachTap(shape, (kx, k, c, index) => {
		return `      { let q = toMath(weights[wy + ${index}u]); ${each(pixelsY, (y) => each(pixelsX, (x) => multiplyAdd("s", x, y, c, `v${y}${sourceOffset(shape, x + kx)}`, k), " "), " ")} }`;
	})}
    }`;
	return sourceLoops(uniformCounts(shape.sources.length), rowWeights * kernel, body);
}
/** Source pixels that the kernel reads beyond its first one, above and to the left. */
function reach({ kernel, upsample, folded }) {
	return folded ? 1 : Math.ceil((kernel - 1) / 2 / upsample);
}
/** The loaded row or column, counted from the first, for output `o` and tap `k`, given `position` = o + k. */
function sourceOffset(shape, position) {
	if (shape.folded) return position;
	const radius = (shape.kernel - 1) / 2;
	return Math.floor((position - radius) / shape.upsample) + reach(shape);
}
/**
* The weights of one kernel row in the order they are packed. Channels of a block innermost: that order lets RDNA3 issue two
* multiply-adds at once (0.513 slots each on navi31, 0.577 with blocks innermost).
*/
function eachTap({ kernel, channelBlocks }, line) {
	return each(kernel, (kx) => each(channelBlocks, (c) => each(4, (k) => line(kx, k, c, (kx * channelBlocks + c) * 4 + k))));
}
function multiplyAdd(prefix, x, y, c, value, k) {
	return `${prefix}${y}${x}_${c} += q * ${value}.${lane(k)};`;
}
function eachSum$1({ pixelsX, pixelsY, channelBlocks }, line) {
	return each(pixelsY, (y) => each(pixelsX, (x) => each(channelBlocks, (c) => line(`s${y}${x}_${c}`, x, y, c))));
}
// .cache/dist-26594/shaders/conv2d-plain.wgsl.js
/** `fetch` for one, two or three sources. */
const CONV_FETCH_WGSL = [
	`
fn fetch(inBlock: u32, index: u32) -> vec4f { return toFloats(source0[index]); }`,
	`
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  return toFloats(source1[index - planes.src.aux0 * planes.src.size]);
}`,
	`
fn fetch(inBlock: u32, index: u32) -> vec4f {
  if (inBlock < planes.src.aux0) { return toFloats(source0[index]); }
  if (inBlock < planes.src.aux0 + planes.src.aux1) { return toFloats(source1[index - planes.src.aux0 * planes.src.size]); }
  return toFloats(source2[index - (planes.src.aux0 + planes.src.aux1) * planes.src.size]);
}`
];
const convPlainWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x * SHUFFLE >= planes.dst.width || id.y * SHUFFLE >= planes.dst.height) { return; }
  var sum = affine[id.z];
  let inBlocks = planes.src.aux0 + planes.src.aux1 + planes.src.aux2;
  for (var inBlock = 0u; inBlock < inBlocks; inBlock++) {
    let weightBase = (id.z * inBlocks + inBlock) * KERNEL * KERNEL * 4u;
    for (var ky = 0u; ky < KERNEL; ky++) {
      // Division rounds towards zero, so it is done PAD whole source pixels away from the border.
      let row = (id.y + ky + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;
      for (var kx = 0u; kx < KERNEL; kx++) {
        let column = (id.x + kx + PAD * UPSAMPLE - KERNEL / 2u) / UPSAMPLE;
        let corner = planes.src.origin - PAD * planes.src.pitch - PAD;
        let x = fetch(inBlock, inBlock * planes.src.size + corner + row * planes.src.pitch + column);
        let w = weightBase + (ky * KERNEL + kx) * 4u;
        sum += toFloats(weights[w]) * x.x + toFloats(weights[w + 1u]) * x.y;
        sum += toFloats(weights[w + 2u]) * x.z + toFloats(weights[w + 3u]) * x.w;
      }
    }
  }
  emit(id.z, id.x, id.y, sum);
}`;
// .cache/dist-26594/shaders/conv2d-shared.js
function convSharedWgsl(shape) {
	const { kernel, folded, channelBlocks, pixelsX, pixelsY, rows, lanes } = shape;
	const { block0, origin, emit } = convFrame({
		...shape,
		reach: folded ? 1 : (kernel - 1) / 2
	});
	const sources = uniformCounts(shape.sources);
	const weightsPerBlock = kernel * kernel * lanes;
	const phases = folded ? 4 : 1;
	const weightGroup = folded ? `(group.z / 4u * ${groups(shape) * phases}u + group.z % 4u)` : `group.z * ${groups(shape)}u`;
	const body = rows === "window" ? windowBody : rollingBody;
	const results = Array.from({ length: pixelsX * pixelsY * channelBlocks }, (_, n) => {
		const pixel = Math.floor(n / channelBlocks);
		return inOrder(shape, pixel % pixelsX, Math.floor(pixel / pixelsX), n % channelBlocks);
	});
	return `${mainWgsl({
		...shape,
		subgroup: void 0
	}, `${block0}
  let one = min(planes.dst.width, 1u);
  let groupStride = ${sources.total} * ${phases * weightsPerBlock}u;
  let corner = ${origin} + y0 * pitch + x0;
  let rowStart = subgroupLane - column;
  let right = rowStart + (column + 1u) % ${shape.workgroupX}u;
${eachSum(shape, (name) => `  var ${name} = 0.0;`)}
${sourceLoops(sources, weightsPerBlock, (source) => body(shape, source), { weightGroup })}
  var results: array<vec4f, ${results.length}>;
${each(results.length, (n) => `  results[${n}] = ${results[n]};`)}
  for (var n = 0u; n < one * ${results.length}u; n++) {
    let c = n % ${channelBlocks}u;
    let pixel = n / ${channelBlocks}u;
  ${emit("c", `pixel % ${pixelsX}u`, `pixel / ${pixelsX}u`, "results[n] + affine[block0 + c]")}
  }`)}
${IN_ORDER}`;
}
/** All rows of the window, then all taps. */
function windowBody(shape, source) {
	const { kernel, pixelsY } = shape;
	return `${each(pixelsY + kernel - 1, (y) => loadRow(shape, source, y, `at + ${y}u * pitch`))}
${sums(shape, [...Array(kernel).keys()], "w")}`;
}
/** Row after row of the window, each loaded at the same place of the code; once there are enough, products with one kernel row each. */
function rollingBody(shape, source) {
	const { kernel, pixelsX, pixelsY, lanes } = shape;
	const last = pixelsY - 1;
	const columns = pixelsX + kernel - 1;
	return `${each(last, (y) => each(columns, (x) => `    var v${y}${x}: vec4f;`))}
    for (var row = 0u; row < one * ${pixelsY + kernel - 1}u; row++) {
${loadRow(shape, source, last, "at + row * pitch")}
${last > 0 ? `      if (row >= ${last}u) {` : "      {"}
        let wy = w + (row - ${last}u) * ${kernel * lanes}u;
${sums(shape, [0], "wy")}
      }
${each(last, (y) => each(columns, (x) => `      v${y}${x} = v${y + 1}${x};`))}
    }`;
}
/** A row of the window. */
function loadRow({ pixelsX, kernel, workgroupX, columns }, source, y, at) {
	const own = (x) => `      let b${y}${x} = ${source}[${at} + ${x}u];`;
	const passed = (x) => {
		const last = `subgroupShuffle(beyond${y}, rowStart + ${x - pixelsX}u)`;
		return `      let b${y}${x} = subgroupShuffle(select(b${y}${x - pixelsX}, ${last}, column == 0u), right);`;
	};
	const beyond = `      let beyond${y} = ${source}[${at} + ${workgroupX * pixelsX}u - column * ${pixelsX - 1}u];`;
	return `${each(pixelsX, own)}
${columns === "passed" ? beyond : ""}
${each(kernel - 1, (i) => (columns === "passed" && i < pixelsX ? passed : own)(pixelsX + i))}
${each(pixelsX + kernel - 1, (x) => `      let v${y}${x} = toMath(b${y}${x});`)}`;
}
/**
* The products of some kernel rows, whose weights start at `at`, with the window's rows from the same on. A sum takes all its terms in
* one expression, so that it is loaded and stored once for them: no such adapter has registers for the sums.
*/
function sums(shape, kernelRows, at) {
	const { kernel, lanes } = shape;
	const taps = kernelRows.flatMap((ky) => Array.from({ length: kernel }, (_, kx) => ({
		ky,
		kx
	})));
	return each(groups(shape), (g) => {
		const weights = taps.map(({ ky, kx }) => {
			const first = `${at}${g > 0 ? ` + ${g}u * groupStride` : ""} + ${(ky * kernel + kx) * lanes}u`;
			return each(lanes, (s) => `      let w${ky}${kx}_${s} = ${swapped(`w${ky}${kx}_`, s, `weights[${first} + lane]`)};`);
		});
		const products = each(lanes, (s) => eachPixel(shape, (x, y) => {
			const terms = taps.map(({ ky, kx }) => `dot(w${ky}${kx}_${s}, v${y + ky}${x + kx})`);
			return `      ${sumName(x, y, g, s)} += ${terms.join(" + ")};`;
		}));
		return `      {\n${weights.join("\n")}\n${products}\n      }`;
	});
}
/** The weights after swap `s`, made of those of an earlier one, or loaded. */
function swapped(name, s, load) {
	if (s === 0) return `toMath(${load})`;
	if (s === 4) return `subgroupShuffleXor(${name}0, 4u)`;
	return `${[
		"",
		"quadSwapX",
		"quadSwapY",
		"quadSwapDiagonal"
	][s % 4]}(${name}${s - s % 4})`;
}
/** Channel block `c` of a pixel, whose channels lie in sums of an order that depends on the lane. */
function inOrder(shape, x, y, c) {
	const quad = (g, s) => `quadInOrder(vec4f(${each(4, (k) => sumName(x, y, g, s + k), ", ")}), lane)`;
	if (shape.lanes === 4) return quad(c, 0);
	const halves = [quad(c >> 1, 0), quad(c >> 1, 4)];
	return `select(${halves[c & 1]}, ${halves[1 - (c & 1)]}, (lane & 4u) != 0u)`;
}
const IN_ORDER = `
fn quadInOrder(sums: vec4f, lane: u32) -> vec4f {
  let pairs = select(sums, sums.yxwz, (lane & 1u) != 0u);
  return select(pairs, pairs.zwxy, (lane & 2u) != 0u);
}`;
function groups({ channelBlocks, lanes }) {
	return channelBlocks * 4 / lanes;
}
function sumName(x, y, group, swap) {
	return `s${y}${x}_${group}_${swap}`;
}
function eachPixel({ pixelsX, pixelsY }, line) {
	return each(pixelsY, (y) => each(pixelsX, (x) => line(x, y)));
}
function eachSum(shape, line) {
	return eachPixel(shape, (x, y) => each(groups(shape), (g) => each(shape.lanes, (s) => line(sumName(x, y, g, s)))));
}
// .cache/dist-26594/shaders/conv2d-winograd.js
function convWinogradWgsl(shape) {
	const { channelBlocks } = shape;
	const products = (line) => each(16, (t) => each(channelBlocks, (c) => line(`m${t}_${c}`, t, c)));
	return mainWgsl({
		...shape,
		pixelsX: 2,
		pixelsY: 2
	}, `  let block0 = group.z * ${channelBlocks}u;
  let corner = planes.src.origin - pitch - 1u + y0 * pitch + x0;
${products((name) => `  var ${name} = Math(0);`)}
${sourceLoops(literalCounts(shape.sources), 64 * channelBlocks, (source) => transformedProducts(source, channelBlocks))}
${each(channelBlocks, inverse)}`);
}
/** B^T d B of the 4x4 inputs, then one product for each of its 16 values and input channels. */
function transformedProducts(source, channelBlocks) {
	return [
		each(16, (i) => `    let d${i >> 2}${i & 3} = toMath(${source}[at + ${i >> 2}u * pitch + ${i & 3}u]);`),
		each(4, (x) => [
			`    let e0${x} = d0${x} - d2${x};`,
			`let e1${x} = d1${x} + d2${x};`,
			`let e2${x} = d2${x} - d1${x};`,
			`let e3${x} = d1${x} - d3${x};`
		].join(" ")),
		each(4, (y) => [
			`    let v${y * 4} = e${y}0 - e${y}2;`,
			`let v${y * 4 + 1} = e${y}1 + e${y}2;`,
			`let v${y * 4 + 2} = e${y}2 - e${y}1;`,
			`let v${y * 4 + 3} = e${y}1 - e${y}3;`
		].join(" ")),
		each(16, (t) => each(channelBlocks, (c) => each(4, (k) => {
			return `    m${t}_${c} += ${`toMath(weights[w + ${(t * channelBlocks + c) * 4 + k}u])`} * v${t}.${lane(k)};`;
		})))
	].join("\n");
}
/** A^T m A, in f32: the 2x2 outputs of channel block `c`. */
function inverse(c) {
	const m = (y, x) => `vec4f(m${y * 4 + x}_${c})`;
	return `  {
    let bias = affine[block0 + ${c}u];
${each(4, (x) => [`    let p0${x} = ${m(0, x)} + ${m(1, x)} + ${m(2, x)};`, `let p1${x} = ${m(1, x)} - ${m(2, x)} - ${m(3, x)};`].join(" "))}
${each(2, (y) => [`    emit(block0 + ${c}u, x0, y0 + ${y}u, bias + p${y}0 + p${y}1 + p${y}2);`, `    emit(block0 + ${c}u, x0 + 1u, y0 + ${y}u, bias + p${y}1 - p${y}2 - p${y}3);`].join("\n"))}
  }`;
}
// .cache/dist-26594/shaders/layout.wgsl.js
const layoutWgsl = `
struct Plane {
  width: u32,
  height: u32,
  pitch: u32,    // blocks from one row to the next
  size: u32,     // blocks from one channel block to the next
  origin: u32,   // blocks before pixel (0, 0): the border above and left of it
  aux0: u32,
  aux1: u32,
  aux2: u32,
}
struct Planes {
  dst: Plane,
  src: Plane,
  residual0: Plane,
  residual1: Plane,
  window: vec4u, // left, top, right and bottom of what storePixel keeps
}

fn blockIndex(channelBlock: u32, position: vec2u, plane: Plane) -> u32 {
  return channelBlock * plane.size + plane.origin + position.y * plane.pitch + position.x;
}`;
// .cache/dist-26594/shaders/kernel.js
const BLOCK_BYTES = {
	f32: 16,
	f16: 8,
	"packed-f16": 8
};
/** Every kernel's first binding, which says where the planes of its tensors lie. */
const PLANES = {
	name: "planes",
	access: "uniform",
	type: "Planes"
};
/** Whole WGSL: preamble, bindings `0..n` of group 0 in order, then the text. */
function kernelWgsl(source) {
	const constants = Object.entries(source.constants).map(([name, value]) => "u32" in value ? `const ${name} = ${value.u32}u;` : `const ${name} = ${floatLiteral(value.f32)};`);
	const bindings = source.bindings.map(({ name, access, type }, index) => {
		return `@group(0) @binding(${index}) var<${access === "uniform" ? "uniform" : `storage, ${access}`}> ${name}: ${type};`;
	});
	return [
		...source.storage === "f16" ? ["enable f16;"] : [],
		...source.subgroups !== "none" ? ["enable subgroups;"] : [],
		...source.subgroups === "pinned" ? ["enable subgroup_size_control;"] : [],
		STORAGE_WGSL[source.storage],
		MATH_WGSL[source.math],
		layoutWgsl,
		...constants,
		...bindings,
		...source.text
	].join("\n");
}
function floatLiteral(value) {
	const text = String(Math.fround(value));
	return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}
const MATH_WGSL = {
	f32: `
alias Math = vec4f;
fn toMath(stored: Block) -> Math { return toFloats(stored); }`,
	f16: `
alias Math = vec4<f16>;
fn toMath(stored: Block) -> Math { return stored; }`
};
const STORAGE_WGSL = {
	f32: `
alias Block = vec4f;
fn toFloats(stored: Block) -> vec4f { return stored; }
fn toBlock(values: vec4f) -> Block { return values; }`,
	f16: `
alias Block = vec4<f16>;
fn toFloats(stored: Block) -> vec4f { return vec4f(stored); }
fn toBlock(values: vec4f) -> Block { return vec4<f16>(values); }`,
	"packed-f16": `
alias Block = vec2u;
fn toFloats(stored: Block) -> vec4f { return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y)); }
fn toBlock(values: vec4f) -> Block { return vec2u(pack2x16float(values.xy), pack2x16float(values.zw)); }`
};
// .cache/dist-26594/ops/kernel.js
/** Puts a kernel together. */
function kernelCall(parts) {
	const bindings = [PLANES, ...parts.bind.map(([binding]) => binding)];
	return {
		variant: parts.variant,
		code: kernelWgsl({
			storage: parts.storage,
			math: parts.math ?? "f32",
			subgroups: parts.subgroups ?? "none",
			constants: parts.constants ?? {},
			bindings,
			text: parts.text
		}),
		bindings,
		arguments: [{ kind: "planes" }, ...parts.bind.map(([, argument]) => argument)],
		planes: planeWords(parts.planes),
		workgroups: parts.workgroups
	};
}
/** The output's binding. */
const OUTPUT = [{
	name: "dst",
	access: "read_write",
	type: "array<Block>"
}, { kind: "output" }];
/** The binding of the packed picture that is read. */
const PICTURE_IN = [{
	name: "picture",
	access: "read",
	type: "array<u32>"
}, { kind: "picture-in" }];
/** The binding of the packed picture that is written, behind its header. */
const PICTURE_OUT = [{
	name: "pixels",
	access: "read_write",
	type: "array<u32>"
}, { kind: "picture-out" }];
/** The binding of numbers that change from run to run. */
const TABLES = [{
	name: "taps",
	access: "read",
	type: "array<f32>"
}, { kind: "tables" }];
/** The binding of input `index` under `name`. */
function input(name, index, tensor) {
	return [{
		name,
		access: tensor.access,
		type: "array<Block>"
	}, {
		kind: "input",
		index
	}];
}
/** The binding of an operand that a pipeline has room for and a dispatch does without, number `index` of these. */
function nothing(name, index) {
	return [{
		name,
		access: "read_write",
		type: "array<Block>"
	}, {
		kind: "nothing",
		index
	}];
}
/** The binding of data that never changes. */
function constant(name, type, data) {
	return [{
		name,
		access: "read",
		type
	}, {
		kind: "constant",
		data
	}];
}
/** Workgroups that cover `x` by `y` by `z` invocations. */
function cover(x, y, z, groupX, groupY) {
	return [
		Math.ceil(x / groupX),
		Math.ceil(y / groupY),
		z
	];
}
const PLANE_WORDS = 8;
const ORIGIN_WORD = 4;
/** Words of a kernel's planes, moved: plane `index` starts `by` blocks (for a picture: pixels) later. */
function withOrigin(words, index, by) {
	const at = index * PLANE_WORDS + ORIGIN_WORD;
	return words.map((word, i) => i === at ? word + by : word);
}
/** Words of a kernel's planes with the window that storePixel keeps: left, top, right, bottom. */
function withWindow(words, window) {
	return [...words.slice(0, 32), ...window];
}
function planeWords(planes) {
	const words = new Array(36).fill(0);
	planes.forEach(({ plane, aux = [] }, index) => {
		const { width, height, pitch, size, origin } = plane;
		[
			width,
			height,
			pitch,
			size,
			origin,
			...aux
		].forEach((word, at) => {
			words[index * PLANE_WORDS + at] = word;
		});
	});
	return words;
}
// .cache/dist-26594/shaders/concat-channels.wgsl.js
const concatChannelsWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let outBlock = FIRST_CHANNEL / 4u + id.z;
  let at = blockIndex(outBlock, id.xy, planes.dst);
  var values = toFloats(dst[at]);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = outBlock * 4u + lane;
    // Lanes past the end are padding, which consumers multiply by zero weights: it must be finite.
    if (channel >= OUT_CHANNELS) { values[lane] = 0.0; }
    if (channel >= FIRST_CHANNEL && channel < FIRST_CHANNEL + CHANNELS) {
      let channelIn = channel - FIRST_CHANNEL;
      values[lane] = toFloats(source0[blockIndex(channelIn / 4u, id.xy, planes.src)])[channelIn % 4u];
    }
  }
  dst[at] = toBlock(values);
}`;
// .cache/dist-26594/shaders/elementwise.wgsl.js
const leakyReluWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(select(SLOPE * x, x, x > vec4f(0)));
}`;
const preluWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(select(slopes[id.z] * x, x, x > vec4f(0)));
}`;
const scaledAddWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = toFloats(source0[blockIndex(id.z, id.xy, planes.src)]);
  let y = toFloats(source1[blockIndex(id.z, id.xy, planes.residual0)]);
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(ALPHA * x + y);
}`;
// .cache/dist-26594/shaders/image.wgsl.js
/** The colour of pixel `index` of the packed picture `source`. */
const loadPixelWgsl = `
fn loadPixel(index: u32) -> vec3f {
  let at = index * IN_WORDS;
  if (IN_WORDS == 1u) { return unpack4x8unorm(picture[at]).rgb; }
  return vec3f(unpack2x16unorm(picture[at]), unpack2x16unorm(picture[at + 1u]).x);
}`;
/** One invocation writes one pixel of the tensor. planes.src is the picture, which reflection continues to the dst's size. */
const imageToTensorWgsl = `
const LUMA = vec3f(0.299, 0.587, 0.114);

fn reflected(at: u32, size: u32, padded: u32) -> u32 {
  if (at < size) { return at; }
  // Padding as wide as the picture or wider would reflect past its other side: the edge is repeated instead.
  if (padded - size >= size) { return size - 1u; }
  return 2u * (size - 1u) - at;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let x = reflected(id.x, planes.src.width, planes.dst.width);
  let y = reflected(id.y, planes.src.height, planes.dst.height);
  let color = loadPixel(y * planes.src.width + x);
  let value = select(vec4f(dot(color, LUMA), 0, 0, 0), vec4f(color, 0), CHANNELS == 3u);
  dst[blockIndex(0u, id.xy, planes.dst)] = toBlock(value);
}`;
/**
* Writes one pixel of the picture, opaque, if it lies in planes.window. planes.dst is where the picture lies: its origin
* and pitch count pixels. Preamble: CHANNELS, WORDS, GRAY, HEADER.
*/
const storePixelWgsl = `
const STORE_LUMA = vec3f(0.299, 0.587, 0.114);

fn storePixel(position: vec2u, values: vec4f) {
  if (any(position < planes.window.xy) || any(position >= planes.window.zw)) { return; }
  var color = values.rgb;
  if (CHANNELS == 1u) { color = values.rrr; }
  if (GRAY == 1u && CHANNELS == 3u) { color = vec3f(dot(color, STORE_LUMA)); }
  // By its bits: compilers may take it for granted that x == x.
  let exponents = bitcast<vec3u>(color) & vec3u(0x7f800000u);
  if (any(exponents == vec3u(0x7f800000u))) { pixels[0] = 1u; }
  color = clamp(color, vec3f(0), vec3f(1));
  let at = HEADER + (planes.dst.origin + position.y * planes.dst.pitch + position.x) * WORDS;
  if (WORDS == 1u) {
    let levels = vec3u(floor(color * 255.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 8u) | (levels.b << 16u) | 0xff000000u;
  } else {
    let levels = vec3u(floor(color * 65535.0 + 0.5));
    pixels[at] = levels.r | (levels.g << 16u);
    pixels[at + 1u] = levels.b | 0xffff0000u;
  }
}`;
/** One invocation writes one pixel of the picture, which planes.dst describes. */
const tensorToImageWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  storePixel(id.xy, toFloats(source0[blockIndex(0u, id.xy, planes.src)]));
}`;
// .cache/dist-26594/shaders/rearrange.wgsl.js
const pixelShuffleWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let phase = (id.y % FACTOR) * FACTOR + id.x % FACTOR;
  var values = vec4f(0);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = id.z * 4u + lane;
    if (channel >= CHANNELS) { break; }
    let channelIn = select(phase * CHANNELS + channel, channel * FACTOR * FACTOR + phase, PYTORCH_ORDER == 1u);
    values[lane] = toFloats(source0[blockIndex(channelIn / 4u, id.xy / FACTOR, planes.src)])[channelIn % 4u];
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(values);
}`;
const pixelUnshuffleWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let phases = FACTOR * FACTOR;
  let inChannels = CHANNELS / phases;
  var values = vec4f(0);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = id.z * 4u + lane;
    if (channel >= CHANNELS) { break; }
    let channelIn = select(channel % inChannels, channel / phases, PYTORCH_ORDER == 1u);
    let phase = select(channel / inChannels, channel % phases, PYTORCH_ORDER == 1u);
    let position = id.xy * FACTOR + vec2u(phase % FACTOR, phase / FACTOR);
    values[lane] = toFloats(source0[blockIndex(channelIn / 4u, position, planes.src)])[channelIn % 4u];
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(values);
}`;
const upsampleNearestWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  dst[blockIndex(id.z, id.xy, planes.dst)] = source0[blockIndex(id.z, id.xy / FACTOR, planes.src)];
}`;
// .cache/dist-26594/shaders/resize.wgsl.js
const resizeWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let countX = planes.dst.aux0;
  let countY = planes.dst.aux1;
  let left = u32(startX[id.x]);
  let top = u32(startY[id.y]);
  var sum = vec4f(0);
  for (var ky = 0u; ky < countY; ky++) {
    var across = vec4f(0);
    for (var kx = 0u; kx < countX; kx++) {
      let x = toFloats(source0[blockIndex(id.z, vec2u(left + kx, top + ky), planes.src)]);
      across += weightsX[id.x * countX + kx] * x;
    }
    sum += weightsY[id.y * countY + ky] * across;
  }
  dst[blockIndex(id.z, id.xy, planes.dst)] = toBlock(sum);
}`;
/**
* The same from pixels to pixels, for a window of each. `taps` holds one after another: startX, weightsX, startY, weightsY,
* counted from the window's first pixel. planes.dst.aux0 and aux1 are the counts across and down.
*/
const resizePixelsWgsl = `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let countX = planes.dst.aux0;
  let countY = planes.dst.aux1;
  let weightsX = planes.dst.width + id.x * countX;
  let tapsY = planes.dst.width * (countX + 1u);
  let weightsY = tapsY + planes.dst.height + id.y * countY;
  let left = u32(taps[id.x]);
  let top = u32(taps[tapsY + id.y]);
  var sum = vec3f(0);
  for (var ky = 0u; ky < countY; ky++) {
    var across = vec3f(0);
    let row = (top + ky) * planes.src.pitch + left;
    for (var kx = 0u; kx < countX; kx++) { across += taps[weightsX + kx] * loadPixel(row + kx); }
    sum += taps[weightsY + ky] * across;
  }
  storePixel(id.xy, vec4f(sum, 0));
}`;
// .cache/dist-26594/ops/small.kernels.js
const GROUP_X = 16;
const GROUP_Y = 4;
function leakyReluKernel(spec, slope) {
	return simple(spec, {
		constants: { SLOPE: { f32: slope } },
		text: [leakyReluWgsl]
	});
}
function preluKernel(spec, slopes, node) {
	const data = {
		key: `${node} slopes`,
		byteLength: roundUp(spec.output.channels, 4) * 4,
		pack: () => padded(slopes.floats(), roundUp(spec.output.channels, 4))
	};
	return simple(spec, {
		text: [preluWgsl],
		bind: [constant("slopes", "array<vec4f>", data)]
	});
}
function scaledAddKernel(spec, alpha) {
	return simple(spec, {
		constants: { ALPHA: { f32: alpha } },
		bind: [input("source1", 1, spec.inputs[1])],
		planes: [{ plane: spec.inputs[1].plane }],
		text: [scaledAddWgsl]
	});
}
/** One dispatch an input, in order: each clears the lanes it shares with none of the inputs before it. */
function concatKernels(spec) {
	let first = 0;
	return spec.inputs.map((tensor, index) => {
		const from = first;
		first += tensor.channels;
		const blocks = channelBlocks(first) - Math.floor(from / 4);
		const { width, height } = spec.output.plane;
		return kernelCall({
			variant: "copy",
			storage: spec.storage,
			constants: {
				FIRST_CHANNEL: { u32: from },
				CHANNELS: { u32: tensor.channels },
				OUT_CHANNELS: { u32: spec.output.channels }
			},
			bind: [input("source0", index, tensor), OUTPUT],
			planes: [{ plane: spec.output.plane }, { plane: tensor.plane }],
			text: [concatChannelsWgsl],
			workgroups: cover(width, height, blocks, GROUP_X, GROUP_Y)
		});
	});
}
function pixelShuffleKernel(spec, factor, order) {
	return simple(spec, {
		constants: rearranged(spec, factor, order),
		text: [pixelShuffleWgsl]
	});
}
function pixelUnshuffleKernel(spec, factor, order) {
	return simple(spec, {
		constants: rearranged(spec, factor, order),
		text: [pixelUnshuffleWgsl]
	});
}
function upsampleNearestKernel(spec, factor) {
	return simple(spec, {
		constants: { FACTOR: { u32: factor } },
		text: [upsampleNearestWgsl]
	});
}
function resizeKernel(spec, attributes, node) {
	const from = spec.inputs[0].plane;
	const { mode, antialias, width, height } = attributes;
	const across = resizeTaps(mode, antialias, from.width, width);
	const down = resizeTaps(mode, antialias, from.height, height);
	const size = `${from.width}x${from.height}`;
	const table = (name, type, values) => constant(name, type, {
		key: `${node} ${name} ${size}`,
		byteLength: values.byteLength,
		pack: () => values
	});
	return simple(spec, {
		aux: [across.count, down.count],
		bind: [
			table("startX", "array<i32>", across.start),
			table("weightsX", "array<f32>", across.weights),
			table("startY", "array<i32>", down.start),
			table("weightsY", "array<f32>", down.weights)
		],
		text: [resizeWgsl]
	});
}
/** Bytes of a picture as the GPU reads it. */
function pictureByteLength({ width, height, bits }) {
	return width * height * (bits / 2);
}
/** Bytes before the first pixel of a picture that the GPU writes; the first word is 1 where some value was no finite number. */
const PICTURE_HEADER_BYTES = 16;
/** What a kernel that calls storePixel needs. */
function pictureStore({ channels, bits, gray }) {
	return {
		binding: PICTURE_OUT,
		constants: {
			CHANNELS: { u32: channels },
			WORDS: { u32: bits / 8 },
			GRAY: { u32: gray ? 1 : 0 },
			HEADER: { u32: 4 }
		},
		text: storePixelWgsl
	};
}
function imageToTensorKernel(picture, output, storage) {
	return kernelCall({
		variant: "direct",
		storage,
		constants: {
			CHANNELS: { u32: output.channels },
			IN_WORDS: { u32: picture.bits / 8 }
		},
		bind: [PICTURE_IN, OUTPUT],
		planes: [{ plane: output.plane }, { plane: plane(picture.width, picture.height, 0) }],
		text: [loadPixelWgsl, imageToTensorWgsl],
		workgroups: cover(output.plane.width, output.plane.height, 1, GROUP_X, GROUP_Y)
	});
}
/** Its planes say nothing yet of where the picture lies: see withOrigin and withWindow. */
function tensorToImageKernel(tensor, pictureWidth, picture, storage) {
	const { width, height } = tensor.plane;
	const store = pictureStore({
		...picture,
		channels: tensor.channels
	});
	return kernelCall({
		variant: "direct",
		storage,
		constants: store.constants,
		bind: [input("source0", 0, tensor), store.binding],
		planes: [{ plane: {
			...plane(width, height, 0),
			pitch: pictureWidth
		} }, { plane: tensor.plane }],
		text: [store.text, tensorToImageWgsl],
		workgroups: cover(width, height, 1, GROUP_X, GROUP_Y)
	});
}
/** Resizing of a window from pixels to pixels, with so many taps an output pixel along each axis. */
function resizePixelsKernel(source, result, counts) {
	const store = pictureStore({
		channels: 3,
		bits: result.bits,
		gray: false
	});
	const { width, height } = result;
	const call = kernelCall({
		variant: "direct",
		storage: "f32",
		constants: {
			...store.constants,
			IN_WORDS: { u32: source.bits / 8 }
		},
		bind: [
			PICTURE_IN,
			TABLES,
			store.binding
		],
		planes: [{
			plane: {
				...plane(width, height, 0),
				pitch: width
			},
			aux: [counts.x, counts.y]
		}, { plane: {
			...plane(source.width, source.height, 0),
			pitch: source.width
		} }],
		text: [
			loadPixelWgsl,
			store.text,
			resizePixelsWgsl
		],
		workgroups: cover(width, height, 1, GROUP_X, GROUP_Y)
	});
	return {
		...call,
		planes: withWindow(call.planes, [
			0,
			0,
			width,
			height
		])
	};
}
function simple(spec, parts) {
	const { plane } = spec.output;
	return kernelCall({
		variant: "direct",
		storage: spec.storage,
		constants: parts.constants ?? {},
		bind: [
			input("source0", 0, spec.inputs[0]),
			OUTPUT,
			...parts.bind ?? []
		],
		planes: [
			{
				plane,
				aux: parts.aux ?? []
			},
			{ plane: spec.inputs[0].plane },
			...parts.planes ?? []
		],
		text: parts.text,
		workgroups: cover(plane.width, plane.height, channelBlocks(spec.output.channels), GROUP_X, GROUP_Y)
	});
}
function rearranged(spec, factor, order) {
	return {
		FACTOR: { u32: factor },
		CHANNELS: { u32: spec.output.channels },
		PYTORCH_ORDER: { u32: order === "pytorch" ? 1 : 0 }
	};
}
function padded(values, length) {
	const out = new Float32Array(length);
	out.set(values);
	return out;
}
// .cache/dist-26594/ops/conv2d.kernels.js
/** Channel blocks of the convolution itself: with a shuffle, whole blocks for each of its phases. */
function convOutBlocks(outChannels, shuffle) {
	return channelBlocks(outChannels / shuffle ** 2) * shuffle ** 2;
}
/** Whether the variant can compute convolutions of this form with this storage. */
function supports(variant, form, storage) {
	switch (variant.kind) {
		case "plain": return true;
		case "winograd": return form.kernel === 3 && form.upsample === 1 && (variant.math === "f32" || storage === "f16");
		case "direct":
			if (variant.math === "f16" && (storage !== "f16" || variant.rows !== "unrolled" || form.kernel > 3)) return false;
			return variant.pixelsX % form.upsample === 0 && variant.pixelsY % form.upsample === 0 || isFolded(variant, form);
		case "shared": return form.upsample === 1 || isFolded(variant, form);
	}
}
function packingOf(variant, form, outBlocks) {
	const blocks = invocationBlocks(variant, outBlocks);
	const groupBlocks = variant.kind === "shared" ? sharingLanes(variant, blocks) / 4 : blocks;
	return {
		transform: variant.kind === "winograd" ? "winograd" : isFolded(variant, form) ? "fold2" : "none",
		groupBlocks,
		vector: variant.kind === "shared" ? "inputs" : "outputs"
	};
}
/** Output channel blocks of one invocation: as many as the variant says, or fewer of which there is a whole number. */
function invocationBlocks(variant, outBlocks) {
	if (variant.kind === "plain") return 1;
	const fewer = variant.kind === "shared" ? [variant.lanes / 4] : [];
	return [variant.channelBlocks, ...fewer].find((blocks) => outBlocks % blocks === 0) ?? 1;
}
/** How many lanes share weights where an invocation computes so many channel blocks. */
function sharingLanes({ lanes }, blocks) {
	return blocks * 4 % lanes === 0 ? lanes : 4;
}
function isFolded(variant, { kernel, upsample, shuffle }) {
	return (variant.kind === "direct" || variant.kind === "shared") && kernel === 3 && upsample === 2 && shuffle === 1;
}
/**
* A name that convolutions share which one pipeline can serve, with room for the most operands of any; undefined if there are none like it.
* Software adapters compile for seconds, so their kernels read numbers from the uniform; GPUs gain from constants.
*/
function pipelineClass(variant, spec) {
	if (variant.kind !== "shared" || spec.residuals.some(({ upsample }) => upsample !== 1)) return void 0;
	const { kernel, upsample, outChannels, shuffle, picture } = spec;
	const blocks = invocationBlocks(variant, convOutBlocks(outChannels, shuffle));
	return JSON.stringify([
		variant,
		kernel,
		upsample,
		shuffle,
		blocks,
		uniformActivation(spec.activation),
		picture
	]);
}
/** The dispatch of `spec` by `variant`, in a pipeline of its class with `room` for operands, or in one of its own. */
function convKernel(variant, spec, storage, constants, room) {
	const { sources, residuals, shuffle, destination } = spec;
	const outBlocks = convOutBlocks(spec.outChannels, shuffle);
	const blocks = invocationBlocks(variant, outBlocks);
	const activation = activationOf(spec.activation);
	const counts = room ?? {
		sources: sources.length,
		residuals: residuals.length
	};
	const loops = variantLoops(variant, spec, blocks, counts.sources);
	const { step, pixelsX, pixelsY, workgroupX, workgroupY } = loops;
	const store = spec.picture && pictureStore(spec.picture);
	const absentSources = range(sources.length, counts.sources).map((index, n) => nothing(`source${index}`, n));
	const absentResiduals = range(residuals.length, counts.residuals).map((index) => constant(`residual${index}`, "array<Block>", constants.affine));
	const [x, y, z] = cover(destination.width / step, destination.height / step, loops.groups * (outBlocks / blocks), pixelsX * workgroupX, pixelsY * workgroupY);
	return kernelCall({
		variant: loops.name,
		storage,
		math: variant.kind === "plain" ? "f32" : variant.math,
		subgroups: subgroupsOf(variant),
		bind: [
			constant("weights", "array<Block>", constants.weights),
			constant("affine", "array<vec4f>", constants.affine),
			...sources.map((source, index) => input(`source${index}`, index, source)),
			...absentSources,
			store ? store.binding : OUTPUT,
			...residuals.map((residual, index) => input(`residual${index}`, sources.length + index, residual)),
			...absentResiduals
		],
		planes: [
			{
				plane: destination,
				aux: [outBlocks, ...room ? [floatBits(spec.alpha), floatBits(activation.slope)] : []]
			},
			{
				plane: sources[0].plane,
				aux: sources.map(({ blocks }) => blocks)
			},
			...residuals.map(({ plane, beta }) => ({
				plane,
				aux: room ? [floatBits(beta)] : []
			}))
		],
		constants: {
			SHUFFLE: { u32: shuffle },
			STEP: { u32: step },
			...room ? {} : scalingConstants(spec, activation.slope),
			...store?.constants,
			...loops.constants
		},
		text: [
			ACTIVATION_WGSL[room ? uniformActivation(spec.activation) : activation.kind],
			room ? uniformScalingWgsl(counts.residuals) : scalingWgsl(counts.residuals),
			...store ? [store.text, convPixelEpilogueWgsl] : [convEpilogueWgsl],
			...loops.text
		],
		workgroups: variant.kind === "shared" ? [
			z,
			x,
			y
		] : [
			x,
			y,
			z
		]
	});
}
function subgroupsOf(variant) {
	if (variant.kind === "shared") return "used";
	return variant.kind !== "plain" && variant.subgroup !== void 0 ? "pinned" : "none";
}
const directText = madeOnce(convDirectWgsl);
const sharedText = madeOnce(convSharedWgsl);
const winogradText = madeOnce(convWinogradWgsl);
function variantLoops(variant, spec, channelBlocks, sourceCount) {
	const { kernel, upsample, shuffle } = spec;
	const sources = spec.sources.map(({ blocks }) => blocks);
	const plain = {
		constants: {},
		step: shuffle,
		groups: 1
	};
	switch (variant.kind) {
		case "plain": return {
			...plain,
			name: "plain",
			text: [CONV_FETCH_WGSL[sources.length - 1], convPlainWgsl],
			constants: {
				KERNEL: { u32: kernel },
				UPSAMPLE: { u32: upsample },
				PAD: { u32: convReach(kernel, upsample) }
			},
			pixelsX: 1,
			pixelsY: 1,
			workgroupX: 16,
			workgroupY: 4
		};
		case "direct": {
			const folded = isFolded(variant, spec);
			const { subgroup, math } = variant;
			const rows = kernel > 3 ? "looped" : variant.rows;
			const form = folded ? {
				kernel: 2,
				upsample: 1
			} : {
				kernel,
				upsample
			};
			const pixels = `${variant.pixelsX}x${variant.pixelsY}x${channelBlocks * 4}`;
			return {
				...variant,
				...plain,
				name: variantName("direct", pixels, variant, [
					math,
					rows,
					folded ? "folded" : ""
				]),
				text: [directText({
					...variant,
					...form,
					rows,
					folded,
					subgroup,
					channelBlocks,
					sources
				})],
				...folded ? {
					step: 2,
					groups: 4
				} : {}
			};
		}
		case "shared": {
			const folded = isFolded(variant, spec);
			const lanes = sharingLanes(variant, channelBlocks);
			const rows = kernel > 3 ? "rolling" : variant.rows;
			const pixels = `${variant.pixelsX}x${variant.pixelsY}x${channelBlocks * 4}`;
			const text = {
				...variant,
				kernel: folded ? 2 : kernel,
				folded,
				rows,
				columns: variant.lanes === 8 ? "passed" : "own",
				lanes,
				channelBlocks,
				sources: sourceCount
			};
			return {
				...variant,
				...plain,
				name: variantName("shared", pixels, variant, [
					variant.math,
					variant.rows,
					`lanes${lanes}`,
					folded ? "folded" : ""
				]),
				text: [sharedText(text)],
				...folded ? {
					step: 2,
					groups: 4
				} : {}
			};
		}
		case "winograd": return {
			...variant,
			...plain,
			name: variantName("winograd", `2x2x${channelBlocks * 4}`, variant, [variant.math]),
			text: [winogradText({
				...variant,
				subgroup: variant.subgroup,
				channelBlocks,
				sources
			})],
			pixelsX: 2,
			pixelsY: 2
		};
	}
}
function variantName(kind, pixels, shape, more) {
	const pinned = shape.subgroup ? `wave${shape.subgroup}` : "";
	return [
		kind,
		pixels,
		`${shape.workgroupX}x${shape.workgroupY}`,
		...more,
		pinned
	].filter(Boolean).join(" ");
}
/** How many source pixels a convolution reads beyond the picture. */
function convReach(kernel, upsample) {
	return Math.ceil((kernel - 1) / 2 / upsample);
}
/** The form of the activation in WGSL. */
function activationOf(activation) {
	if (activation.kind === "none") return {
		kind: "none",
		slope: 1
	};
	if (activation.kind !== "leaky-relu") return {
		kind: activation.kind,
		slope: 0
	};
	const { slope } = activation;
	return {
		kind: slope === 0 ? "relu" : "leaky-relu",
		slope
	};
}
/** The form that reads its slope from the uniform, where there is one. */
function uniformActivation(activation) {
	const { kind } = activationOf(activation);
	return kind === "none" || kind === "leaky-relu" ? "uniform-slope" : kind;
}
function scalingConstants({ alpha, residuals }, slope) {
	const ofResiduals = residuals.flatMap(({ beta, upsample }, index) => [[`RESIDUAL${index}_BETA`, { f32: beta }], [`RESIDUAL${index}_UPSAMPLE`, { u32: upsample }]]);
	return {
		ALPHA: { f32: alpha },
		SLOPE: { f32: slope },
		...Object.fromEntries(ofResiduals)
	};
}
function floatBits(value) {
	return new Uint32Array(Float32Array.of(value).buffer)[0];
}
function range(from, to) {
	return Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);
}
/** One slope for each output channel where the kernel reads slopes, else undefined. */
function slopesOf(activation) {
	return activation.kind === "prelu" ? activation.slopes.floats() : void 0;
}
// .cache/dist-26594/weights/pack-conv.js
/**
* Packs weights as `[group][phase][input block][tap][block of the group][input channel of the block]` of four output
* channels, or the two swapped where vectors count inputs (there are phases and other taps than the kernel's where a transform makes
* them), and bias with slopes as `[output block]` of four each, always f32. Output channels are ordered by the phases of a pixel
* shuffle, so that a block of the convolution is a block of one output pixel.
*/
function packConv(name, packing) {
	const { weight, segments, half, groupBlocks: group, transform, vector } = packing;
	const [outChannels, , kernel] = weight.shape;
	const outs = outputChannels(outChannels, packing.shuffle);
	const ins = inputChannels(segments);
	const { phases, taps } = transformOf(transform, kernel);
	const count = outs.length * ins.length * phases * taps;
	const layout = `${name} ${segments.join("+")}`;
	return {
		weights: {
			key: `${layout} weights ${transform} x${group} ${vector} ${half ? "f16" : "f32"}`,
			byteLength: count * (half ? 2 : 4),
			pack() {
				const halves = half && transform === "none" ? weight.halves?.() : void 0;
				if (halves) return packWeights(packing, outs, ins, halves, new Uint16Array(count));
				const floats = packWeights(packing, outs, ins, weight.floats(), new Float32Array(count));
				return half ? floatsToHalves(floats) : floats;
			}
		},
		affine: {
			key: `${layout} affine`,
			byteLength: outs.length * 4 * (packing.slopes ? 2 : 1),
			pack: () => packAffine(packing, outs)
		}
	};
}
/** The channel each packed output lane computes, -1 for padding. */
function outputChannels(channels, { factor, order }) {
	const phases = factor * factor;
	const shuffled = channels / phases;
	const lanes = new Int32Array(channelBlocks(shuffled) * phases * 4).fill(-1);
	for (let c = 0; c < shuffled; c++) for (let phase = 0; phase < phases; phase++) lanes[((c >> 2) * phases + phase) * 4 + (c & 3)] = order === "pytorch" ? c * phases + phase : phase * shuffled + c;
	return lanes;
}
/** The channel of the concatenation each packed input lane reads, -1 for padding. */
function inputChannels(segments) {
	const lanes = [];
	let first = 0;
	for (const channels of segments) {
		for (let c = 0; c < channelBlocks(channels) * 4; c++) lanes.push(c < channels ? first + c : -1);
		first += channels;
	}
	return Int32Array.from(lanes);
}
/** Puts the values of `from` into `packed`, which is zero. Both hold floats, or, if nothing is computed, both bits of halves. */
function packWeights(packing, outs, ins, from, packed) {
	const [, inChannels, kernel] = packing.weight.shape;
	const group = packing.groupBlocks;
	const { phases, taps, apply } = transformOf(packing.transform, kernel);
	const tapStride = 16 * group;
	const blockStride = taps * tapStride;
	const phaseStride = ins.length / 4 * blockStride;
	const kernelSize = kernel * kernel;
	const [outStride, inStride] = packing.vector === "outputs" ? [1, 4] : [4, 1];
	for (let out = 0; out < outs.length; out++) {
		const channel = outs[out];
		if (channel < 0) continue;
		const block = out >> 2;
		const groupBase = Math.floor(block / group) * phases * phaseStride + block % group * 16 + (out & 3) * outStride;
		for (let i = 0; i < ins.length; i++) {
			const inChannel = ins[i];
			if (inChannel < 0) continue;
			apply(from, (channel * inChannels + inChannel) * kernelSize, packed, groupBase + (i >> 2) * blockStride + (i & 3) * inStride, tapStride, phaseStride);
		}
	}
	return packed;
}
function transformOf(transform, kernel) {
	switch (transform) {
		case "none": {
			const taps = kernel * kernel;
			return {
				phases: 1,
				taps,
				apply(from, source, to, first, tapStride) {
					for (let tap = 0, at = first; tap < taps; tap++, at += tapStride) to[at] = from[source + tap];
				}
			};
		}
		case "winograd": return {
			phases: 1,
			taps: 16,
			apply: winograd$1
		};
		case "fold2": return {
			phases: 4,
			taps: 4,
			apply: fold2
		};
	}
}
/** G g G^T with the rows of G (1, 0, 0), (1/2, 1/2, 1/2), (1/2, -1/2, 1/2), (0, 0, 1). */
const winograd$1 = (from, source, to, first, tapStride) => {
	for (let x = 0; x < 3; x++) {
		const a = from[source + x];
		const b = from[source + 3 + x];
		const c = from[source + 6 + x];
		columns[x] = a;
		columns[3 + x] = (a + b + c) / 2;
		columns[6 + x] = (a - b + c) / 2;
		columns[9 + x] = c;
	}
	for (let y = 0, at = first; y < 4; y++, at += 4 * tapStride) {
		const a = columns[y * 3];
		const b = columns[y * 3 + 1];
		const c = columns[y * 3 + 2];
		to[at] = a;
		to[at + tapStride] = (a + b + c) / 2;
		to[at + 2 * tapStride] = (a - b + c) / 2;
		to[at + 3 * tapStride] = c;
	}
};
const columns = /* @__PURE__ */ new Float64Array(12);
/** Sums the taps that fall on the same pixel of the small picture: for phase 0 taps 0 and 1 + 2, for phase 1 taps 0 + 1 and 2. */
const fold2 = (from, source, to, first, tapStride, phaseStride) => {
	for (let phaseY = 0; phaseY < 2; phaseY++) {
		for (let x = 0; x < 3; x++) {
			const a = from[source + x];
			const b = from[source + 3 + x];
			const c = from[source + 6 + x];
			columns[x] = phaseY === 0 ? a : a + b;
			columns[3 + x] = phaseY === 0 ? b + c : c;
		}
		for (let y = 0; y < 2; y++) {
			const a = columns[y * 3];
			const b = columns[y * 3 + 1];
			const c = columns[y * 3 + 2];
			const at = first + phaseY * 2 * phaseStride + y * 2 * tapStride;
			to[at] = a;
			to[at + tapStride] = b + c;
			to[at + phaseStride] = a + b;
			to[at + phaseStride + tapStride] = c;
		}
	}
};
function packAffine({ bias, slopes }, outs) {
	const packed = new Float32Array(outs.length * (slopes ? 2 : 1));
	const biases = bias?.floats();
	outs.forEach((channel, lane) => {
		if (channel < 0) return;
		packed[lane] = biases?.[channel] ?? 0;
		if (slopes) packed[outs.length + lane] = slopes[channel];
	});
	return packed;
}
// .cache/dist-26594/graph/choose-kernel.js
const PLAIN = { kind: "plain" };
const LOOPED = direct({
	pixels: [
		4,
		2,
		1
	],
	workgroup: [8, 8],
	rows: "looped"
});
const isAmd = ({ vendor }) => /^amd$/i.test(vendor);
const isSwiftShader = ({ kind, architecture, description }) => kind === "software" && /swiftshader/i.test(`${architecture} ${description}`);
const LARGE_FLOPS = 8e9;
const VERY_LARGE_FLOPS = 1e11;
/** The first rule that holds gives the variants. Those of one device pack weights alike, so that one copy serves them all. */
const CONV_RULES = [
	{
		when: (device, _, flops) => isSwiftShader(device) && device.subgroupMinSize >= 4 && flops > VERY_LARGE_FLOPS,
		variants: [shared({
			pixels: [
				4,
				4,
				2
			],
			workgroup: [4, 2],
			rows: "window",
			lanes: 4
		}), LOOPED],
		reason: "SwiftShader loads value by value, so lanes share weights and a window of the picture is loaded once"
	},
	{
		when: (device, _, flops) => isSwiftShader(device) && device.subgroupMinSize >= 4 && flops > LARGE_FLOPS,
		variants: [shared({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [4, 2],
			rows: "window",
			lanes: 4
		}), LOOPED],
		reason: "lanes share weights and a window of the picture is loaded once, half as tall, since SwiftShader compiles for seconds"
	},
	{
		when: (device) => isSwiftShader(device) && device.subgroupMinSize >= 4,
		variants: [shared({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [4, 2],
			rows: "rolling",
			lanes: 4
		}), LOOPED],
		reason: "lanes share weights, in code that is short for small pictures, since SwiftShader compiles for seconds"
	},
	{
		when: ({ kind, subgroupMinSize }, storage, flops) => kind === "software" && subgroupMinSize >= 8 && storage === "f32" && flops > VERY_LARGE_FLOPS,
		variants: [shared({
			pixels: [
				4,
				2,
				4
			],
			workgroup: [8, 1],
			rows: "rolling",
			lanes: 8
		}), LOOPED],
		reason: "lanes share weights, and what is loaded of the picture serves 16 channels: in f32 a tenth faster, in twice the code"
	},
	{
		when: ({ kind, subgroupMinSize }, _, flops) => kind === "software" && subgroupMinSize >= 8 && flops > LARGE_FLOPS,
		variants: [shared({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [8, 1],
			rows: "rolling",
			lanes: 8
		}), LOOPED],
		reason: "lavapipe loads value by value, so lanes share weights and rows are loaded once"
	},
	{
		when: ({ kind, subgroupMinSize }) => kind === "software" && subgroupMinSize >= 8,
		variants: [shared({
			pixels: [
				4,
				1,
				2
			],
			workgroup: [8, 1],
			rows: "rolling",
			lanes: 8
		}), LOOPED],
		reason: "lanes share weights, in code that is shortest for small pictures, since lavapipe compiles for seconds"
	},
	{
		when: ({ kind }) => kind === "software",
		variants: [LOOPED],
		reason: "software adapters compile each shader for seconds, so the code is short"
	},
	{
		when: (device, storage) => isAmd(device) && storage === "f16",
		variants: [
			winograd({
				workgroup: [16, 4],
				math: "f16"
			}),
			direct({
				pixels: [
					4,
					2,
					2
				],
				workgroup: [16, 4],
				math: "f16"
			}),
			direct({
				pixels: [
					4,
					2,
					2
				],
				workgroup: [16, 4]
			})
		],
		reason: "AMD computes two halves at once, and Winograd needs 0.28 of a direct convolution's instructions"
	},
	{
		when: (device) => isAmd(device) && device.subgroups32,
		variants: [winograd({
			workgroup: [32, 2],
			subgroup: 32
		}), direct({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [32, 2],
			subgroup: 32
		})],
		reason: "AMD issues two f32 operations at once in subgroups of 32, and Winograd needs 0.29 of a direct convolution's"
	},
	{
		when: isAmd,
		variants: [winograd({ workgroup: [16, 4] }), direct({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [16, 4]
		})],
		reason: "Winograd needs 0.56 of a direct convolution's instructions on AMD, in 240 registers without spilling"
	},
	{
		when: () => true,
		variants: [direct({
			pixels: [
				4,
				2,
				2
			],
			workgroup: [16, 4]
		})],
		reason: "4x2 pixels of 8 channels fit the registers of every GPU without spilling"
	}
];
function direct(shape) {
	const [pixelsX, pixelsY, channelBlocks] = shape.pixels;
	const [workgroupX, workgroupY] = shape.workgroup;
	return {
		kind: "direct",
		pixelsX,
		pixelsY,
		channelBlocks,
		workgroupX,
		workgroupY,
		rows: shape.rows ?? "unrolled",
		math: shape.math ?? "f32",
		...shape.subgroup ? { subgroup: shape.subgroup } : {}
	};
}
function shared(shape) {
	const [pixelsX, pixelsY, channelBlocks] = shape.pixels;
	const [workgroupX, workgroupY] = shape.workgroup;
	const { rows, lanes } = shape;
	return {
		kind: "shared",
		pixelsX,
		pixelsY,
		channelBlocks,
		workgroupX,
		workgroupY,
		rows,
		math: "f32",
		lanes
	};
}
function winograd(shape) {
	const [workgroupX, workgroupY] = shape.workgroup;
	return {
		kind: "winograd",
		channelBlocks: 2,
		workgroupX,
		workgroupY,
		math: shape.math ?? "f32",
		...shape.subgroup ? { subgroup: shape.subgroup } : {}
	};
}
function choosePrecision(requested, device) {
	if (requested === "f32") return {
		precision: "f32",
		storage: "f32",
		why: "f32 was asked for"
	};
	if (requested === "f16") {
		if (device.kind === "software") return {
			precision: "f16",
			storage: "packed-f16",
			why: "f16 was asked for; a software adapter loads halves packed in u32 by two"
		};
		return device.shaderF16 ? {
			precision: "f16",
			storage: "f16",
			why: "f16 was asked for"
		} : {
			precision: "f16",
			storage: "packed-f16",
			why: "f16 was asked for; without shader-f16 halves are stored packed in u32"
		};
	}
	if (device.kind === "software") return {
		precision: "f32",
		storage: "f32",
		why: "a software adapter computes in f32 anyway, and has memory for it"
	};
	return device.shaderF16 ? {
		precision: "f16",
		storage: "f16",
		why: "the device has shader-f16, which halves memory at no visible loss"
	} : {
		precision: "f32",
		storage: "f32",
		why: "the device has no shader-f16"
	};
}
/** Whether the device has what the variant needs beside the storage. Kernels that share weights spill on every GPU. */
function canRun(variant, device) {
	if (variant.kind === "plain") return true;
	if (variant.kind === "shared") return device.kind === "software" && device.subgroupMinSize >= variant.lanes;
	return variant.subgroup === void 0 || device.subgroups32;
}
/** The variant for convolutions of this form, in a network of `flops` at the picture's size. */
function chooseConv(device, form, storage, flops) {
	return ruleFor(device, storage, flops).variants.find((variant) => supports(variant, form, storage)) ?? PLAIN;
}
/** Why those variants. */
function kernelReason(device, storage, flops) {
	return ruleFor(device, storage, flops).reason;
}
function ruleFor(device, storage, flops) {
	return CONV_RULES.find((rule) => rule.when(device, storage, flops));
}
/** Every value a node reads. */
function readsOf(node) {
	return node.op === "conv2d" ? [...node.inputs, ...node.residuals.map(({ value }) => value)] : [...node.inputs];
}
/** Folds activations, scaled additions, pixel shuffles, concatenations and nearest upsampling into convolutions. */
function fuse(graph) {
	const producers = /* @__PURE__ */ new Map();
	const uses = /* @__PURE__ */ new Map();
	for (const node of graph.nodes) {
		producers.set(node.output, node);
		for (const id of node.inputs) uses.set(id, [...uses.get(id) ?? [], node]);
	}
	const absorbed = /* @__PURE__ */ new Set();
	const placed = /* @__PURE__ */ new Map();
	for (const node of graph.nodes) {
		if (absorbed.has(node)) continue;
		if (node.op !== "conv2d") {
			placed.set(node, node);
			continue;
		}
		let conv = startConv(node, producers);
		let last = node;
		for (;;) {
			const next = onlyUse(conv.output, uses, graph);
			const folded = next && !absorbed.has(next) && fold(conv, next, producers);
			if (!folded) break;
			if (last !== node) absorbed.add(last);
			conv = folded;
			last = next;
		}
		if (last !== node) absorbed.add(last);
		placed.set(last, conv);
	}
	return {
		graph,
		nodes: withoutDead(graph, graph.nodes.map((node) => placed.get(node)).filter((node) => node !== void 0))
	};
}
function startConv(node, producers) {
	let source = node.inputs[0];
	let upsample = 1;
	const producer = producers.get(source);
	if (producer?.op === "upsample-nearest") {
		upsample = producer.attributes.factor;
		source = producer.inputs[0];
	}
	return {
		...node.attributes,
		bias: node.attributes.bias,
		op: "conv2d",
		name: node.name,
		inputs: flatten(source, producers),
		output: node.output,
		upsample,
		alpha: 1,
		residuals: [],
		shuffle: {
			factor: 1,
			order: "pytorch"
		}
	};
}
function flatten(value, producers) {
	const producer = producers.get(value);
	return producer?.op === "concat-channels" ? producer.inputs.flatMap((id) => flatten(id, producers)) : [value];
}
function onlyUse(value, uses, graph) {
	const found = uses.get(value) ?? [];
	return found.length === 1 && value !== graph.output ? found[0] : void 0;
}
/** `conv` with `next` done in its epilogue, or undefined where its formula has no place for it. */
function fold(conv, next, producers) {
	const plain = conv.residuals.length === 0 && conv.alpha === 1;
	switch (next.op) {
		case "leaky-relu":
		case "prelu": {
			if (!plain || conv.activation.kind !== "none" || conv.shuffle.factor !== 1) return void 0;
			const activation = next.op === "prelu" ? {
				kind: "prelu",
				slopes: next.attributes.slopes
			} : {
				kind: "leaky-relu",
				slope: next.attributes.slope
			};
			return {
				...conv,
				activation,
				output: next.output
			};
		}
		case "pixel-shuffle": return plain && conv.shuffle.factor === 1 ? {
			...conv,
			shuffle: next.attributes,
			output: next.output
		} : void 0;
		case "scaled-add": {
			const [x, y] = next.inputs;
			const { alpha } = next.attributes;
			const isScaled = x === conv.output;
			if (conv.residuals.length === 2) return void 0;
			const scaled = isScaled ? conv.residuals.map((residual) => ({
				...residual,
				beta: residual.beta * alpha
			})) : conv.residuals;
			const other = isScaled ? y : x;
			const upsampled = producers.get(other);
			const residual = upsampled?.op === "upsample-nearest" ? {
				value: upsampled.inputs[0],
				beta: isScaled ? 1 : alpha,
				upsample: upsampled.attributes.factor
			} : {
				value: other,
				beta: isScaled ? 1 : alpha,
				upsample: 1
			};
			return {
				...conv,
				alpha: isScaled ? conv.alpha * alpha : conv.alpha,
				residuals: [...scaled, residual],
				output: next.output
			};
		}
		default: return;
	}
}
function withoutDead(graph, nodes) {
	const live = /* @__PURE__ */ new Set([graph.output]);
	const kept = [];
	for (const node of [...nodes].reverse()) {
		if (!live.has(node.output)) continue;
		kept.push(node);
		for (const id of readsOf(node)) live.add(id);
	}
	return kept.reverse();
}
// .cache/dist-26594/graph/memory-plan.js
/** Plans the memory of `fused` for an input of `width` x `height` pixels. */
function planMemory(fused, width, height, { tail, storesElsewhere = false } = {}) {
	const { graph } = fused;
	const shapes = inferShapes(graph, width, height);
	if (tail) {
		const { trunkScale, values } = tail.of;
		const windowed = inferShapes(graph, tail.width / trunkScale, tail.height / trunkScale);
		for (const id of values) shapes[id] = windowed[id];
	}
	const names = graph.values.map((value) => value.name);
	const groups = groupConcatenations(fused);
	const copied = withCopies(fused.nodes, groups, shapes, names);
	const tailValues = new Set(tail?.of.values);
	for (const node of copied) if (readsOf(node).every((id) => tailValues.has(id))) tailValues.add(node.output);
	const isTail = (node) => tailValues.has(node.output);
	const nodes = [...copied.filter((node) => !isTail(node)), ...copied.filter(isTail)];
	const values = withPlanes(nodes, shapes, names, tailValues);
	const kept = storesElsewhere ? void 0 : graph.output;
	return {
		values,
		nodes,
		...assignSlots(values, nodes, groups, graph.input, kept)
	};
}
/**
* Finds the values to lie side by side. The first input of a concatenation stays apart: in a dense block it is the block's
* input, which others use beyond the block. Longest lists first, since the shorter ones are mostly their beginnings.
*/
function groupConcatenations({ nodes, graph }) {
	const groups = /* @__PURE__ */ new Map();
	const producers = new Map(nodes.map((node) => [node.output, node]));
	const lists = nodes.filter((node) => node.op === "conv2d" && node.inputs.length > 2);
	for (const { inputs } of [...lists].sort((a, b) => b.inputs.length - a.inputs.length)) {
		const tail = inputs.slice(1).filter((id) => id !== graph.input && !readsTwice(producers.get(id), inputs));
		if (tail.every((id) => !groups.has(id)) && new Set(tail).size === tail.length && tail.length > 1) for (const id of tail) groups.set(id, tail);
	}
	return groups;
}
/**
* Whether a node reads one of `values` by two bindings. Placed beside it, its output would make both writable, and writable
* bindings may not overlap.
*/
function readsTwice(node, values) {
	const reads = readsOf(node).filter((id) => values.includes(id));
	return new Set(reads).size !== reads.length;
}
/** The inputs of a convolution as runs of values that lie side by side. */
function sourceRuns(inputs, groups) {
	const runs = [];
	for (const id of inputs) {
		const run = runs.at(-1);
		const group = groups.get(id);
		if (run && group && group.indexOf(run.at(-1)) === group.indexOf(id) - 1 && group.includes(run.at(-1))) run.push(id);
		else runs.push([id]);
	}
	return runs;
}
function withCopies(nodes, groups, shapes, names) {
	return nodes.flatMap((node) => {
		if (node.op !== "conv2d" || sourceRuns(node.inputs, groups).length <= 3) return [node];
		const channels = node.inputs.reduce((sum, id) => sum + shapes[id].channels, 0);
		const copy = shapes.push({
			...shapes[node.inputs[0]],
			channels
		}) - 1;
		names[copy] = `${node.name}.copy`;
		return [{
			op: "concat-channels",
			name: `${node.name}.copy`,
			inputs: node.inputs,
			output: copy,
			attributes: {}
		}, {
			...node,
			inputs: [copy]
		}];
	});
}
/** Planes whose border is as wide as the widest consumer's reach, the same for all values of a size. */
function withPlanes(nodes, shapes, names, tailValues) {
	const reach = /* @__PURE__ */ new Map();
	const size = ({ width, height }) => `${width}x${height}`;
	for (const node of nodes) {
		if (node.op !== "conv2d") continue;
		const key = size(shapes[node.inputs[0]]);
		reach.set(key, Math.max(reach.get(key) ?? 0, convReach(node.weight.shape[2], node.upsample)));
	}
	return shapes.map((shape, id) => ({
		name: names[id],
		shape,
		plane: plane(shape.width, shape.height, reach.get(size(shape)) ?? 0),
		isTail: tailValues.has(id)
	}));
}
/** Gives each group of values, in order of first use, the smallest free slot of its plane, or a new one. */
function assignSlots(values, nodes, groups, input, output) {
	const lastUse = /* @__PURE__ */ new Map();
	if (output !== void 0) lastUse.set(output, nodes.length);
	nodes.forEach((node, index) => {
		for (const id of readsOf(node)) lastUse.set(id, Math.max(lastUse.get(id) ?? 0, index));
	});
	const members = (id) => groups.get(id) ?? [id];
	const blocksOf = (id) => channelBlocks(values[id].shape.channels);
	const slots = [];
	const placements = /* @__PURE__ */ new Map();
	const place = (id, index) => {
		if (placements.has(id)) return;
		const group = members(id);
		const blocks = group.reduce((sum, member) => sum + blocksOf(member), 0);
		const { plane, isTail } = values[id];
		const slot = slots.map((slot, at) => ({
			...slot,
			at
		})).filter((slot) => slot.isTail === isTail && slot.freeFrom < index).filter((slot) => samePlane(slot.plane, plane) && slot.blocks >= blocks).sort((a, b) => a.blocks - b.blocks)[0]?.at ?? slots.push({
			plane,
			blocks,
			isTail,
			freeFrom: -1
		}) - 1;
		slots[slot].freeFrom = Math.max(...group.map((member) => lastUse.get(member) ?? index));
		let firstBlock = 0;
		for (const member of group) {
			placements.set(member, {
				slot,
				firstBlock,
				blocks: blocksOf(member)
			});
			firstBlock += blocksOf(member);
		}
	};
	place(input, -1);
	nodes.forEach((node, index) => {
		for (const id of readsOf(node)) if (!placements.has(id)) throw new EsrganError("internal", `${node.name} reads ${values[id].name} before it is made`);
		if (output !== void 0 || index < nodes.length - 1) place(node.output, index);
	});
	return {
		placements,
		slots: slots.map(({ plane, blocks, isTail }) => ({
			plane,
			blocks,
			isTail
		}))
	};
}
function samePlane(a, b) {
	return a.width === b.width && a.height === b.height && a.pad === b.pad;
}
// .cache/dist-26594/graph/tail.js
/** The tail of `fused`, or undefined where it has none that can run on windows. */
function findTail(fused) {
	const { graph, nodes } = fused;
	const scaleOf = (id) => graph.values[id].scale;
	const first = nodes.findIndex((node) => scaleOf(node.output) > scaleOf(node.inputs[0]));
	if (first < 0) return void 0;
	const trunkScale = scaleOf(nodes[first].inputs[0]);
	/** How many pixels at a window's edge are wrong, for each value of the tail. */
	const wrong = /* @__PURE__ */ new Map();
	for (const node of nodes.slice(first)) {
		const reads = readsOf(node);
		const isWhole = (ratio) => Number.isInteger(ratio);
		if (scaleOf(node.output) <= trunkScale || !reads.every((id) => isWhole(scaleOf(id) / trunkScale))) return void 0;
		const edge = wrongAtEdge(node, wrong);
		if (edge === void 0) return void 0;
		wrong.set(node.output, edge);
	}
	const scale = scaleOf(graph.output) / trunkScale;
	const halo = Math.ceil(wrong.get(graph.output) / scale);
	return {
		values: new Set(wrong.keys()),
		trunkScale,
		scale,
		halo
	};
}
/** How an axis of `length` input pixels is cut into windows: pixels of the trunk, each window with its halo. */
function windowAxis({ trunkScale, halo }, length) {
	return {
		length: length * trunkScale,
		overlap: halo,
		multiple: 1,
		wraps: false
	};
}
/** Values of the trunk are right beyond a window's edge too; in the tail there are zeros, as if the picture ended there. */
function wrongAtEdge(node, wrong) {
	const most = (ids) => Math.max(...ids.map((id) => wrong.get(id) ?? 0));
	switch (node.op) {
		case "conv2d": {
			const tailInputs = node.inputs.filter((id) => wrong.has(id)).length;
			if (tailInputs !== 0 && tailInputs !== node.inputs.length) return void 0;
			const reach = tailInputs === 0 ? 0 : most(node.inputs) * node.upsample + (node.weight.shape[2] - 1) / 2;
			const residuals = node.residuals.map(({ value, upsample }) => (wrong.get(value) ?? 0) * upsample);
			return Math.max(reach * node.shuffle.factor, ...residuals);
		}
		case "leaky-relu":
		case "prelu":
		case "scaled-add":
		case "concat-channels": return most(node.inputs);
		case "pixel-shuffle":
		case "upsample-nearest": return most(node.inputs) * node.attributes.factor;
		default: return;
	}
}
// .cache/dist-26594/graph/tile-plan.js
/** The fewest pixels of a tile that has a core beside its overlaps. */
function smallestTile(request) {
	return roundUp(2 * keptOverlap(request) + 1, request.multiple);
}
/** Starts are multiples, and so overlaps, where the picture does not wrap. */
function keptOverlap({ overlap, multiple, wraps }) {
	return wraps ? overlap : roundUp(overlap, multiple);
}
/**
* Cuts an axis into `count` tiles of one size, as small as covers it; tiles and overlaps come out evenly, so that there is
* no tiny last one. Fewer tiles result where so many would leave some without a core.
*/
function cutAxis(request, count) {
	return request.wraps ? cutWrapping(request, count) : cutBordered(request, count);
}
/**
* How many tiles of at most `size` pixels cover an axis.
* @throws EsrganError "bad-input" if the overlap leaves nothing of such a tile
*/
function countBySize(request, size) {
	const { length, multiple, wraps } = request;
	const overlap = keptOverlap(request);
	const covered = roundUp(length, multiple);
	if (!wraps && covered <= size) return 1;
	const core = Math.floor(size / multiple) * multiple - 2 * overlap;
	if (core < 1) throw new EsrganError("bad-input", `A tile of ${size} pixels leaves nothing beside an overlap of ${overlap} on both sides, it must be at least ${smallestTile(request)}`);
	return Math.ceil(wraps ? length / core : (covered - 2 * overlap) / core);
}
/** How many tiles `cutAxis` makes of an axis, and how large. */
function measureCut(request, asked) {
	const { length, multiple, wraps } = request;
	if (wraps) {
		const count = Math.max(1, Math.min(asked, length));
		return {
			count,
			size: roundUp(Math.ceil(length / count) + 2 * request.overlap, multiple)
		};
	}
	const overlap = roundUp(request.overlap, multiple);
	const covered = roundUp(length, multiple);
	const count = Math.max(1, Math.min(asked, Math.floor((covered - 2 * overlap) / multiple)));
	return {
		count,
		size: roundUp(Math.ceil((covered + 2 * overlap * (count - 1)) / count), multiple)
	};
}
function cutBordered(request, asked) {
	const { length, multiple } = request;
	const { count, size } = measureCut(request, asked);
	const covered = roundUp(length, multiple);
	const starts = Array.from({ length: count }, (_, index) => count === 1 ? 0 : Math.floor(index * (covered - size) / (count - 1) / multiple) * multiple);
	const boundary = (index) => Math.floor((starts[index] + size + starts[index + 1]) / 2);
	return {
		size,
		spans: starts.map((start, index) => ({
			start,
			coreStart: index === 0 ? 0 : boundary(index - 1),
			coreEnd: index === count - 1 ? length : boundary(index)
		}))
	};
}
function cutWrapping(request, asked) {
	const { length, overlap } = request;
	const { count, size } = measureCut(request, asked);
	const boundary = (index) => Math.floor(index * length / count);
	return {
		size,
		spans: Array.from({ length: count }, (_, index) => ({
			start: boundary(index) - overlap,
			coreStart: boundary(index),
			coreEnd: boundary(index + 1)
		}))
	};
}
const CONSTANT_ALIGN = 256;
const NOTHING_BYTES = 256;
/**
* Plans `fused` for an input of the requested size.
* @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
*/
function planExecution(fused, request) {
	return new Planner(fused, request).plan();
}
/** The weightBytes of the plan, without making its convolutions' kernels: a third of the time. */
function planWeightBytes(fused, request) {
	return new Planner(fused, request).weightBytes();
}
/** The windows of the tail along both axes, in pixels of the trunk, and the tail itself. */
function tailWindows(fused, { width, height, windows }) {
	const tail = findTail(fused);
	if (!tail) return void 0;
	const cut = (length, count) => cutAxis(windowAxis(tail, length), count);
	return {
		tail,
		columns: cut(width, windows?.columns ?? 1),
		rows: cut(height, windows?.rows ?? 1)
	};
}
/** Whether the last node can store its result as pixels: a convolution whose result is one block of channels. */
function storesPixels({ graph, nodes }) {
	const last = nodes.at(-1);
	return last?.op === "conv2d" && last.output === graph.output && graph.values[graph.output].channels <= 4;
}
/** Gathers dispatches, pipelines and constants; equal ones are shared. */
var Planner = class {
	fused;
	request;
	#blockBytes;
	#totalFlops;
	#memory;
	#tail;
	#windows;
	/** The extent of the whole result. */
	#result;
	#buffers = [];
	#pipelines = /* @__PURE__ */ new Map();
	#constants = /* @__PURE__ */ new Map();
	#uniforms = /* @__PURE__ */ new Map();
	#calls = [];
	#convs = /* @__PURE__ */ new Map();
	/** By class. */
	#rooms = /* @__PURE__ */ new Map();
	constructor(fused, request) {
		this.fused = fused;
		this.request = request;
		const { width, height, io } = request;
		this.#blockBytes = BLOCK_BYTES[request.storage];
		const cut = io.kind === "pixels" ? tailWindows(fused, request) : void 0;
		this.#tail = cut?.tail;
		this.#memory = planMemory(fused, width, height, {
			storesElsewhere: io.kind === "pixels" && storesPixels(fused),
			tail: cut && {
				of: cut.tail,
				width: cut.columns.size,
				height: cut.rows.size
			}
		});
		const output = this.#memory.values[fused.graph.output].shape;
		this.#result = cut ? {
			width: width * cut.tail.trunkScale * cut.tail.scale,
			height: height * cut.tail.trunkScale * cut.tail.scale
		} : {
			width: output.width,
			height: output.height
		};
		this.#windows = cut ? cut.rows.spans.flatMap((row) => cut.columns.spans.map((column) => windowOf(column, row, cut.tail.scale))) : [{
			x: 0,
			y: 0,
			kept: [
				0,
				0,
				output.width,
				output.height
			]
		}];
		const convs = this.#memory.nodes.filter((node) => node.op === "conv2d");
		this.#totalFlops = convs.reduce((sum, conv) => sum + this.#convFlops(conv) * (this.#isTail(conv.output) ? this.#windows.length : 1), 0);
		for (const conv of convs) {
			const chosen = this.#choose(conv);
			this.#convs.set(conv, chosen);
			if (chosen.class === void 0) continue;
			const { sources = 0, residuals = 0 } = this.#rooms.get(chosen.class) ?? {};
			this.#rooms.set(chosen.class, {
				sources: Math.max(sources, chosen.spec.sources.length),
				residuals: Math.max(residuals, chosen.spec.residuals.length)
			});
		}
	}
	plan() {
		const { request } = this;
		const memory = this.#memory;
		const { input, output } = this.fused.graph;
		for (const [index, slot] of memory.slots.entries()) {
			const byteLength = slot.plane.size * slot.blocks * this.#blockBytes;
			this.#buffers.push({
				label: `slot ${index}`,
				role: "activations",
				byteLength
			});
		}
		const { io } = request;
		let pictureIn = -1;
		let pictureOut = -1;
		const body = memory.nodes.map((node) => this.#node(node));
		const store = io.kind === "pixels" && !storesPixels(this.fused) ? this.#tensorToImage(io) : [];
		const isTail = (calls) => calls.some(({ values: [made] }) => made === void 0 || this.#isTail(made));
		if (io.kind === "pixels") {
			const result = {
				...this.#result,
				bits: io.outBits
			};
			const outBytes = PICTURE_HEADER_BYTES + pictureByteLength(result);
			pictureIn = this.#buffer("picture in", "picture-in", pictureByteLength({
				...request,
				bits: io.bits
			}));
			pictureOut = this.#buffer("picture out", "picture-out", outBytes);
			this.#buffer("staging", "staging", outBytes);
			this.#calls.push(this.#imageToTensor(io, input));
		}
		this.#calls.push(...body.filter((calls) => !isTail(calls)).flat());
		const windowed = [...body.filter(isTail), store].flat();
		for (const window of this.#windows) for (const pending of windowed) this.#calls.push(this.#inWindow(pending, window));
		const uniforms = this.#collectUniforms();
		const uniformBuffer = this.#buffer("uniforms", "uniforms", uniforms.byteLength);
		const absent = this.#calls.reduce((most, { call }) => Math.max(most, absentOperands(call)), 0);
		const nothing = absent > 0 ? this.#buffer("nothing", "nothing", NOTHING_BYTES * absent) : -1;
		const bound = {
			uniformBuffer,
			pictureIn,
			pictureOut,
			nothing
		};
		const dispatches = this.#calls.map((entry) => this.#dispatch(entry, bound));
		const weightBytes = bytesOfAll(this.#constants.values());
		const placedOutput = memory.placements.get(output);
		const plan = {
			storage: request.storage,
			buffers: this.#buffers,
			pipelines: [...this.#pipelines.values()].map(({ pipeline }) => pipeline),
			dispatches,
			constants: [...this.#constants.values()],
			uniforms,
			weightBytes,
			peakBytes: weightBytes + this.#buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0),
			flops: dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0),
			reason: request.chooseConv ? "as tune() measured on this device" : kernelReason(request.device, request.storage, this.#totalFlops),
			memory,
			windows: this.#windows.length,
			input: this.#range(memory.placements.get(input)),
			output: placedOutput && this.#range(placedOutput)
		};
		requireFits$1(plan, request);
		return plan;
	}
	weightBytes() {
		const constants = this.#memory.nodes.flatMap((node) => node.op === "conv2d" ? Object.values(this.#packed(node)) : this.#node(node).flatMap(({ call }) => constantsOf(call)));
		return bytesOfAll(new Map(constants.map((data) => [data.key, data])).values());
	}
	#isTail(id) {
		return this.#memory.values[id].isTail;
	}
	#imageToTensor(io, input) {
		const { plane, shape } = this.#memory.values[input];
		const { width, height, storage } = this.request;
		return {
			node: "input",
			op: "image-to-tensor",
			call: imageToTensorKernel({
				width,
				height,
				bits: io.bits
			}, {
				plane,
				channels: shape.channels
			}, storage),
			operands: [this.#operand(input)],
			values: [input],
			flops: 0
		};
	}
	#tensorToImage(io) {
		const { output } = this.fused.graph;
		const { plane, shape } = this.#memory.values[output];
		const tensor = {
			plane,
			channels: shape.channels,
			access: "read"
		};
		const store = {
			bits: io.outBits,
			gray: io.gray
		};
		return [{
			node: "output",
			op: "tensor-to-image",
			call: tensorToImageKernel(tensor, this.#result.width, store, this.request.storage),
			operands: [this.#operand(output)],
			values: [void 0, output],
			flops: 0
		}];
	}
	/** The dispatch for one window: what it reads of the trunk starts there, and so do the pixels it stores. */
	#inWindow(pending, { x, y, kept }) {
		const trunkScale = this.#tail?.trunkScale ?? 1;
		let words = pending.call.planes;
		pending.values.forEach((id, index) => {
			if (id === void 0) {
				const scale = this.#tail?.scale ?? 1;
				words = withWindow(withOrigin(words, index, (y * this.#result.width + x) * scale), kept);
			} else if (index > 0 && !this.#isTail(id)) {
				const { plane } = this.#memory.values[id];
				const ratio = this.fused.graph.values[id].scale / trunkScale;
				words = withOrigin(words, index, (y * plane.pitch + x) * ratio);
			}
		});
		return {
			...pending,
			call: {
				...pending.call,
				planes: words
			}
		};
	}
	#buffer(label, role, byteLength) {
		return this.#buffers.push({
			label,
			role,
			byteLength: roundUp(byteLength, 4)
		}) - 1;
	}
	#node(node) {
		if (node.op === "conv2d") return [this.#conv(node)];
		const output = this.#memory.values[node.output];
		const operands = [...node.inputs.map((id) => this.#operand(id)), this.#operand(node.output)];
		return smallKernels(node, {
			storage: this.request.storage,
			inputs: node.inputs.map((id) => this.#tensor(id, node.output)),
			output: {
				plane: output.plane,
				channels: output.shape.channels
			}
		}).map((call, index) => {
			const reads = node.op === "concat-channels" ? [node.inputs[index]] : node.inputs;
			return {
				node: node.name,
				op: node.op,
				call,
				operands,
				values: [node.output, ...reads],
				flops: 0
			};
		});
	}
	/** What computes a convolution. */
	#choose(conv) {
		const { values, placements } = this.#memory;
		const { storage, device, io } = this.request;
		const [outChannels, , kernel] = conv.weight.shape;
		const form = {
			kernel,
			upsample: conv.upsample,
			shuffle: conv.shuffle.factor
		};
		const variant = this.request.chooseConv?.(form) ?? chooseConv(device, form, storage, this.#totalFlops);
		const runs = this.#runs(conv.inputs);
		const destination = placements.get(conv.output);
		const { shape, plane: plane$1 } = values[conv.output];
		const isPicture = io.kind === "pixels" && !destination;
		const common = {
			...form,
			outChannels,
			activation: conv.activation,
			alpha: conv.alpha,
			residuals: conv.residuals.map(({ value, beta, upsample }) => ({
				...this.#tensor(value, conv.output),
				beta,
				upsample
			})),
			picture: isPicture ? {
				channels: shape.channels,
				bits: io.outBits,
				gray: io.gray
			} : void 0
		};
		const name = pipelineClass(variant, common);
		const slots = [...runs, ...conv.residuals.map(({ value }) => placements.get(value))].map(({ slot }) => slot);
		const isWritable = (slot, index) => slot === destination?.slot || name !== void 0 && index > 0 && slots.filter((at) => at === slot).length === 1;
		return {
			variant,
			spec: {
				...common,
				sources: runs.map(({ slot, blocks }, index) => ({
					plane: values[conv.inputs[0]].plane,
					channels: blocks * 4,
					blocks,
					access: isWritable(slot, index) ? "read_write" : "read"
				})),
				destination: isPicture ? {
					...plane(shape.width, shape.height, 0),
					pitch: this.#result.width,
					size: 0
				} : plane$1
			},
			operands: [
				...runs.map((run) => this.#range(run)),
				...conv.residuals.map(({ value }) => this.#operand(value)),
				...destination ? [this.#range(destination)] : []
			],
			class: name
		};
	}
	/** The constants of a convolution. */
	#packed(conv) {
		const { variant, spec } = this.#convs.get(conv);
		return packConv(conv.name, {
			weight: conv.weight,
			bias: conv.bias,
			slopes: slopesOf(conv.activation),
			segments: conv.inputs.map((id) => this.#memory.values[id].shape.channels),
			shuffle: conv.shuffle,
			...packingOf(variant, spec, convOutBlocks(spec.outChannels, spec.shuffle)),
			half: this.request.storage !== "f32"
		});
	}
	#conv(conv) {
		const { storage } = this.request;
		const { variant, spec, operands, class: name } = this.#convs.get(conv);
		const call = convKernel(variant, spec, storage, this.#packed(conv), name === void 0 ? void 0 : this.#rooms.get(name));
		const reads = [conv.inputs[0], ...conv.residuals.map(({ value }) => value)];
		return {
			node: conv.name,
			op: "conv2d",
			call,
			operands,
			values: [spec.picture ? void 0 : conv.output, ...reads],
			flops: this.#convFlops(conv)
		};
	}
	/** The work of the convolution as the network means it, whatever the kernel saves. */
	#convFlops({ weight, output, shuffle }) {
		const { width, height } = this.#memory.values[output].shape;
		return 2 * weight.shape.reduce((product, n) => product * n, 1) * width * height / shuffle.factor ** 2;
	}
	/** The inputs as placements, neighbours joined. */
	#runs(inputs) {
		const runs = [];
		for (const id of inputs) {
			const next = this.#memory.placements.get(id);
			const last = runs.at(-1);
			if (last && last.slot === next.slot && last.firstBlock + last.blocks === next.firstBlock) runs[runs.length - 1] = {
				...last,
				blocks: last.blocks + next.blocks
			};
			else runs.push(next);
		}
		return runs;
	}
	#tensor(id, output) {
		const { values, placements } = this.#memory;
		const { plane, shape } = values[id];
		const shared = placements.get(id).slot === placements.get(output)?.slot;
		return {
			plane,
			channels: shape.channels,
			access: shared ? "read_write" : "read"
		};
	}
	#operand(id) {
		return this.#range(this.#memory.placements.get(id));
	}
	#range({ slot, firstBlock, blocks }) {
		const planeBytes = this.#memory.slots[slot].plane.size * this.#blockBytes;
		return {
			kind: "buffer",
			buffer: slot,
			offset: firstBlock * planeBytes,
			byteLength: blocks * planeBytes
		};
	}
	#collectUniforms() {
		for (const { call } of this.#calls) {
			const key = call.planes.join();
			if (!this.#uniforms.has(key)) this.#uniforms.set(key, {
				offset: this.#uniforms.size * 256,
				words: call.planes
			});
		}
		const data = new Uint32Array(this.#uniforms.size * 256 / 4);
		for (const { offset, words } of this.#uniforms.values()) data.set(words, offset / 4);
		return data;
	}
	#dispatch({ node, op, call, operands, flops }, buffers) {
		let found = this.#pipelines.get(call.code);
		if (!found) {
			const pipeline = {
				label: `${op} ${call.variant}`,
				code: call.code,
				bindings: call.bindings
			};
			found = {
				index: this.#pipelines.size,
				pipeline
			};
			this.#pipelines.set(call.code, found);
		}
		const resources = call.arguments.map((argument) => this.#resource(argument, call, operands, buffers));
		const bytes = resources.reduce((sum, resource) => sum + resource.byteLength, 0);
		return {
			node,
			op,
			variant: call.variant,
			pipeline: found.index,
			workgroups: call.workgroups,
			resources,
			flops,
			bytes
		};
	}
	#resource(argument, call, operands, { uniformBuffer, pictureIn, pictureOut, nothing }) {
		const whole = (buffer) => ({
			kind: "buffer",
			buffer,
			offset: 0,
			byteLength: this.#buffers[buffer].byteLength
		});
		switch (argument.kind) {
			case "planes": {
				const { offset, words } = this.#uniforms.get(call.planes.join());
				return {
					kind: "buffer",
					buffer: uniformBuffer,
					offset,
					byteLength: words.length * 4
				};
			}
			case "input": return operands[argument.index];
			case "output": return operands.at(-1);
			case "picture-in": return whole(pictureIn);
			case "picture-out": return whole(pictureOut);
			case "nothing": return {
				kind: "buffer",
				buffer: nothing,
				offset: argument.index * NOTHING_BYTES,
				byteLength: NOTHING_BYTES
			};
			case "tables": throw new EsrganError("internal", `${call.variant} asks for tables, which networks have none of`);
			case "constant":
				this.#constants.set(argument.data.key, argument.data);
				return {
					kind: "constant",
					key: argument.data.key,
					byteLength: argument.data.byteLength
				};
		}
	}
};
function constantsOf(call) {
	return call.arguments.flatMap((argument) => argument.kind === "constant" ? [argument.data] : []);
}
function bytesOfAll(constants) {
	return [...constants].reduce((sum, data) => sum + constantBytes(data), 0);
}
function absentOperands(call) {
	return call.arguments.filter(({ kind }) => kind === "nothing").length;
}
function windowOf(column, row, scale) {
	const kept = [
		column.coreStart - column.start,
		row.coreStart - row.start,
		column.coreEnd - column.start
	];
	return {
		x: column.start,
		y: row.start,
		kept: [
			kept[0] * scale,
			kept[1] * scale,
			kept[2] * scale,
			(row.coreEnd - row.start) * scale
		]
	};
}
function smallKernels(node, spec) {
	switch (node.op) {
		case "leaky-relu": return [leakyReluKernel(spec, node.attributes.slope)];
		case "prelu": return [preluKernel(spec, node.attributes.slopes, node.name)];
		case "concat-channels": return concatKernels(spec);
		case "scaled-add": return [scaledAddKernel(spec, node.attributes.alpha)];
		case "pixel-shuffle": return [pixelShuffleKernel(spec, node.attributes.factor, node.attributes.order)];
		case "pixel-unshuffle": return [pixelUnshuffleKernel(spec, node.attributes.factor, node.attributes.order)];
		case "upsample-nearest": return [upsampleNearestKernel(spec, node.attributes.factor)];
		case "resize": return [resizeKernel(spec, node.attributes, node.name)];
	}
}
/** Bytes a constant takes on the GPU: each starts at a multiple that bindings may have as their offset. */
function constantBytes(data) {
	return roundUp(data.byteLength, CONSTANT_ALIGN);
}
function requireFits$1(plan, { device, width, height }) {
	const size = `A tile of ${width}x${height} pixels`;
	for (const buffer of plan.buffers) if (buffer.byteLength > device.maxBufferSize) throw new EsrganError("unsupported-device", `${size} needs a buffer of ${buffer.byteLength} bytes (${buffer.label}), this device allows ${device.maxBufferSize}`);
	for (const dispatch of plan.dispatches) {
		for (const resource of dispatch.resources) if (resource.byteLength > device.maxStorageBufferBindingSize) throw new EsrganError("unsupported-device", `${size} needs a storage binding of ${resource.byteLength} bytes for ${dispatch.node}, this device allows ${device.maxStorageBufferBindingSize}`);
		const groups = Math.max(...dispatch.workgroups);
		if (groups > device.maxWorkgroupsPerDimension) throw new EsrganError("unsupported-device", `${size} needs ${groups} workgroups along one dimension for ${dispatch.node}, this device allows ${device.maxWorkgroupsPerDimension}`);
	}
}
// .cache/dist-26594/graph/tuning.js
/** The device as a tuning table names it. */
function deviceName({ vendor, architecture, description }) {
	return [
		vendor,
		architecture,
		description
	].filter(Boolean).join(" ") || "unnamed";
}
/** Every variant of the table of devices that this one can run, each once. */
function candidates(device, form, storage) {
	const variants = CONV_RULES.flatMap((rule) => rule.variants);
	return [...new Map(variants.map((variant) => [JSON.stringify(variant), variant])).values()].filter((variant) => canRun(variant, device) && supports(variant, form, storage));
}
/**
* Looks choices up in `table`; undefined where it holds none.
* @throws EsrganError "bad-input" if it is no tuning table, or one of another device or storage
*/
function tunedChooser(table, device, storage) {
	if (table?.version !== 1 || !Array.isArray(table.choices)) throw new EsrganError("bad-input", "The tuning is not a table that tune() returned");
	if (table.device !== deviceName(device) || table.storage !== storage) throw new EsrganError("bad-input", `The tuning table is of ${table.device} with ${table.storage} storage, this is ${deviceName(device)} with ${storage}`);
	const choices = new Map(table.choices.map(({ form, variant }) => [formKey(form), variant]));
	for (const [key, variant] of choices) {
		const form = table.choices.find((choice) => formKey(choice.form) === key).form;
		if (!candidates(device, form, storage).some((each) => JSON.stringify(each) === JSON.stringify(variant)) && variant.kind !== "plain") choices.delete(key);
	}
	return choices.size > 0 ? (form) => choices.get(formKey(form)) : void 0;
}
function formKey({ kernel, upsample, shuffle }) {
	return `${kernel} ${upsample} ${shuffle}`;
}
// .cache/dist-26594/gpu/buffers.js
const USAGE = {
	mapRead: 1,
	copySrc: 4,
	copyDst: 8,
	uniform: 64,
	storage: 128
};
/**
* Makes all of `requests` or none.
* @throws EsrganError "out-of-memory" with the figures, or "unsupported-device" where a size passes a limit
*/
async function createBuffers(device, requests) {
	const total = requests.reduce((sum, { byteLength }) => sum + byteLength, 0);
	const buffers = [];
	device.pushErrorScope("validation");
	device.pushErrorScope("out-of-memory");
	let thrown;
	try {
		for (const { label, byteLength, usage } of requests) buffers.push(device.createBuffer({
			label: `esrgan-webgpu ${label}`,
			size: Math.max(byteLength, 4),
			usage
		}));
	} catch (error) {
		thrown = error;
	}
	const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
	if (!thrown && !memory && !validation) return buffers;
	for (const buffer of buffers) buffer.destroy();
	const what = `${requests.length} buffers of ${total} bytes in all (${requests.map(({ label }) => label).join(", ")})`;
	if (memory || thrown) throw new EsrganError("out-of-memory", `The device could not allocate ${what}: ${memory?.message ?? String(thrown)}`, { cause: thrown });
	throw new EsrganError("unsupported-device", `The device refused ${what}: ${validation.message}`);
}
// .cache/dist-26594/gpu/device-loss.js
const LOSS_NEWS_MS = 20;
const TURN_MS = 1e3;
const watches = /* @__PURE__ */ new WeakMap();
/**
* `promise`, or a failure as soon as the device is lost, or once it took longer than `limit`.
* @throws EsrganError "device-lost"
*/
function untilLost(device, promise, limit) {
	const watch = watchOf(device);
	return new Promise((resolve, reject) => {
		const settle = (result) => {
			clearInterval(timer);
			watch.waiting.delete(fail);
			result();
		};
		const fail = (error) => settle(() => reject(error));
		let turns = 0;
		const count = ({ ms, what }) => {
			if (++turns * TURN_MS >= ms) fail(overdue({
				ms,
				what
			}));
		};
		const timer = limit && setInterval(count, TURN_MS, limit);
		watch.waiting.add(fail);
		if (watch.error) fail(watch.error);
		promise.then((value) => settle(() => resolve(value)), (error) => setTimeout(() => settle(() => reject(error)), LOSS_NEWS_MS));
	});
}
function overdue({ ms, what }) {
	return new EsrganError("device-lost", `The GPU device has kept ${what} waiting for ${ms / 1e3} s, so it counts as lost`);
}
function watchOf(device) {
	const found = watches.get(device);
	if (found) return found;
	const watch = {
		error: void 0,
		waiting: /* @__PURE__ */ new Set()
	};
	watches.set(device, watch);
	device.lost.then(({ reason, message }) => {
		const why = [reason, message].filter(Boolean).join(": ") || "no reason given";
		watch.error = new EsrganError("device-lost", `The GPU device was lost (${why})`);
		for (const fail of watch.waiting) fail(watch.error);
		watch.waiting.clear();
	});
	return watch;
}
// .cache/dist-26594/gpu/pipeline-cache.js
const MAX_PIPELINES = 256;
const caches$1 = /* @__PURE__ */ new WeakMap();
/**
* Compiles `planned`, or finds what an earlier call compiled on this device.
* @throws EsrganError "internal" with the compiler's message, if the device refuses the shader
*/
function compilePipeline(device, planned) {
	const cache = caches$1.get(device) ?? /* @__PURE__ */ new Map();
	caches$1.set(device, cache);
	const found = cache.get(planned.code);
	if (found) return found;
	const compiling = compile(device, planned);
	compiling.catch(() => cache.delete(planned.code));
	cache.set(planned.code, compiling);
	if (cache.size > MAX_PIPELINES) cache.delete(cache.keys().next().value);
	return compiling;
}
async function compile(device, { label, code, bindings }) {
	const name = `esrgan-webgpu ${label}`;
	device.pushErrorScope("validation");
	const module = device.createShaderModule({
		label: name,
		code
	});
	const refusal = device.popErrorScope().catch(() => null);
	const layout = device.createBindGroupLayout({
		label: name,
		entries: bindings.map(({ access }, binding) => ({
			binding,
			visibility: SHADER_STAGE_COMPUTE,
			buffer: { type: BUFFER_TYPES[access] }
		}))
	});
	try {
		return {
			pipeline: await device.createComputePipelineAsync({
				label: name,
				layout: device.createPipelineLayout({
					label: name,
					bindGroupLayouts: [layout]
				}),
				compute: {
					module,
					entryPoint: "main"
				}
			}),
			layout
		};
	} catch (error) {
		throw new EsrganError("internal", `The device refused the kernel "${label}": ${(await refusal)?.message ?? error.message}`, { cause: error });
	}
}
const SHADER_STAGE_COMPUTE = 4;
const BUFFER_TYPES = {
	uniform: "uniform",
	read: "read-only-storage",
	read_write: "storage"
};
// .cache/dist-26594/gpu/executor.js
const USAGES = {
	activations: USAGE.storage | USAGE.copyDst | USAGE.copySrc,
	"picture-in": USAGE.storage | USAGE.copyDst,
	"picture-out": USAGE.storage | USAGE.copyDst | USAGE.copySrc,
	staging: USAGE.mapRead | USAGE.copyDst,
	tables: USAGE.storage | USAGE.copyDst,
	uniforms: USAGE.uniform | USAGE.copyDst,
	nothing: USAGE.storage
};
const SUBMIT_MS = 50;
const FIRST_SUBMIT_FLOPS = 1e8;
const DISPATCH_FLOPS = 2e7;
const READ_LIMIT_MS = 6e4;
const SUBMIT_LIMIT_MS = 6e5;
/** A plan ready to run: pipelines compiled, buffers made, weights uploaded. */
var PreparedPlan = class PreparedPlan {
	plan;
	device;
	pipelines;
	buffers;
	bindGroups;
	#costs;
	#totalCost;
	#flopsPerMs = FIRST_SUBMIT_FLOPS / SUBMIT_MS;
	constructor(plan, device, pipelines, buffers, bindGroups) {
		this.plan = plan;
		this.device = device;
		this.pipelines = pipelines;
		this.buffers = buffers;
		this.bindGroups = bindGroups;
		this.#costs = plan.dispatches.map(({ flops }) => flops + DISPATCH_FLOPS);
		this.#totalCost = this.#costs.reduce((sum, cost) => sum + cost, 0);
	}
	/**
	* Compiles the pipelines in parallel, uploads missing weights meanwhile, and makes the buffers.
	* @throws EsrganError "out-of-memory", "device-lost" or "internal"
	*/
	static async create(device, plan, weights) {
		const compiling = untilLost(device, Promise.all(plan.pipelines.map((pipeline) => compilePipeline(device, pipeline))));
		compiling.catch(() => {});
		await untilLost(device, weights.require(plan.constants));
		const pipelines = await compiling;
		const buffers = await untilLost(device, createBuffers(device, plan.buffers.map(({ label, role, byteLength }) => ({
			label,
			byteLength,
			usage: USAGES[role]
		}))));
		try {
			const uniforms = plan.buffers.findIndex(({ role }) => role === "uniforms");
			device.queue.writeBuffer(buffers[uniforms], 0, plan.uniforms);
			const bind = (resource) => resource.kind === "constant" ? weights.binding(resource.key, resource.byteLength) : {
				buffer: buffers[resource.buffer],
				offset: resource.offset,
				size: resource.byteLength
			};
			const bindGroups = plan.dispatches.map(({ node, pipeline, resources }) => device.createBindGroup({
				label: `esrgan-webgpu ${node}`,
				layout: pipelines[pipeline].layout,
				entries: resources.map((resource, binding) => ({
					binding,
					resource: bind(resource)
				}))
			}));
			return new PreparedPlan(plan, device, pipelines, buffers, bindGroups);
		} catch (error) {
			for (const buffer of buffers) buffer.destroy();
			throw error;
		}
	}
	/** The buffer of a role; `activations` are asked for by index. */
	buffer(role) {
		return this.buffers[this.plan.buffers.findIndex((buffer) => buffer.role === role)];
	}
	slot(index) {
		return this.buffers[index];
	}
	/** Records the dispatches from `from` until `to`; submits nothing. */
	encode(encoder, from = 0, to = this.plan.dispatches.length) {
		const pass = encoder.beginComputePass({ label: "esrgan-webgpu" });
		let current = -1;
		for (let index = from; index < to; index++) {
			const { pipeline, workgroups } = this.plan.dispatches[index];
			if (pipeline !== current) pass.setPipeline(this.pipelines[pipeline].pipeline);
			current = pipeline;
			pass.setBindGroup(0, this.bindGroups[index]);
			pass.dispatchWorkgroups(...workgroups);
		}
		pass.end();
	}
	/**
	* Runs every dispatch, in submits of about 50 ms each by the speed measured so far, one of them waiting behind the one that
	* runs: the device is never idle, and never has more before it than a tenth of a second.
	* @throws what the checkpoint throws; EsrganError "device-lost", also where a submit does not end
	*/
	async run({ checkpoint, onProgress } = {}) {
		const count = this.plan.dispatches.length;
		let done = 0;
		let lastEnd = 0;
		const finish = async (submit) => {
			await submit.end;
			const now = performance.now();
			const measured = submit.cost / Math.max(now - Math.max(submit.start, lastEnd), .1);
			this.#flopsPerMs = Math.min(Math.max(measured, this.#flopsPerMs / 4), this.#flopsPerMs * 4);
			lastEnd = now;
			done += submit.cost;
			onProgress?.(done, this.#totalCost);
		};
		let running;
		for (let from = 0; from < count;) {
			checkpoint?.();
			let cost = this.#costs[from];
			let to = from + 1;
			const budget = this.#flopsPerMs * SUBMIT_MS;
			while (to < count && cost + this.#costs[to] <= budget) cost += this.#costs[to++];
			const next = this.#submit(from, to, cost);
			if (running) await finish(running);
			running = next;
			from = to;
		}
		if (running) await finish(running);
	}
	#submit(from, to, cost) {
		const start = performance.now();
		const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu" });
		this.encode(encoder, from, to);
		this.device.queue.submit([encoder.finish()]);
		const limit = {
			ms: SUBMIT_LIMIT_MS,
			what: "the end of a submit"
		};
		const end = untilLost(this.device, this.device.queue.onSubmittedWorkDone(), limit);
		end.catch(() => {});
		return {
			start,
			end,
			cost
		};
	}
	/** Writes the picture to read, its header to write, or tables, from their first byte on. */
	write(role, data) {
		this.device.queue.writeBuffer(this.buffer(role), 0, data.buffer, data.byteOffset, data.byteLength);
	}
	/**
	* Reads the whole picture that was written, header and all.
	* @throws EsrganError "device-lost"
	*/
	readPicture() {
		const out = this.buffer("picture-out");
		return this.read(out, 0, this.buffer("staging"), out.size);
	}
	/**
	* Reads `byteLength` bytes of `source` through `staging`, which must be as large.
	* @throws EsrganError "device-lost", also where the result does not come
	*/
	async read(source, offset, staging, byteLength) {
		const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu read" });
		encoder.copyBufferToBuffer(source, offset, staging, 0, byteLength);
		this.device.queue.submit([encoder.finish()]);
		await untilLost(this.device, staging.mapAsync(1, 0, byteLength), {
			ms: READ_LIMIT_MS,
			what: `a result of ${byteLength} bytes`
		});
		const copy = staging.getMappedRange(0, byteLength).slice(0);
		staging.unmap();
		return copy;
	}
	destroy() {
		for (const buffer of this.buffers) buffer.destroy();
	}
};
// .cache/dist-26594/gpu/weights.js
const PAGE_BYTES = 33554432;
var WeightStore = class {
	device;
	#places = /* @__PURE__ */ new Map();
	#buffers = [];
	constructor(device) {
		this.device = device;
	}
	/**
	* Uploads what of `constants` is not there yet. Calls must not overlap.
	* @throws EsrganError "out-of-memory"
	*/
	async require(constants) {
		const missing = constants.filter((data) => !this.#places.has(data.key));
		if (missing.length === 0) return;
		const pages = paginate(missing);
		const requests = pages.map((page) => ({
			label: "weights",
			byteLength: page.reduce((sum, data) => sum + constantBytes(data), 0),
			usage: USAGE.storage | USAGE.copyDst
		}));
		const buffers = await createBuffers(this.device, requests);
		this.#buffers.push(...buffers);
		pages.forEach((page, index) => {
			const buffer = buffers[index];
			let offset = 0;
			for (const data of page) {
				const packed = data.pack();
				this.device.queue.writeBuffer(buffer, offset, packed.buffer, packed.byteOffset, packed.byteLength);
				this.#places.set(data.key, {
					buffer,
					offset
				});
				offset += constantBytes(data);
			}
		});
	}
	binding(key, byteLength) {
		const { buffer, offset } = this.#places.get(key);
		return {
			buffer,
			offset,
			size: byteLength
		};
	}
	destroy() {
		for (const buffer of this.#buffers) buffer.destroy();
		this.#buffers.length = 0;
		this.#places.clear();
	}
};
function paginate(constants) {
	const pages = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const data of constants) {
		const size = constantBytes(data);
		if (bytes + size > PAGE_BYTES) {
			pages.push([]);
			bytes = 0;
		}
		pages.at(-1).push(data);
		bytes += size;
	}
	return pages;
}
// .cache/dist-26594/gpu/run-tensor.js
/** The tensor in channel blocks of `plane`, border zero. */
function packTensor(from, plane, storage) {
	const length = channelBlocks(from.channels) * plane.size * 4;
	const packed = storage === "f32" ? new Float32Array(length) : new Uint16Array(length);
	forEachValue(from, plane, (index, at) => {
		const value = from.data[index];
		packed[at] = storage === "f32" ? value : floatToHalf(value);
	});
	return packed;
}
/** The tensor of `shape` that lies in channel blocks of `plane`. */
function unpackTensor(bytes, shape, plane, storage) {
	const packed = storage === "f32" ? new Float32Array(bytes) : halvesToFloats(new Uint16Array(bytes));
	const out = tensor(shape);
	forEachValue(out, plane, (index, at) => {
		out.data[index] = packed[at];
	});
	return out;
}
function forEachValue(shape, plane, visit) {
	let index = 0;
	for (let c = 0; c < shape.channels; c++) for (let y = 0; y < shape.height; y++) {
		const row = (c >> 2) * plane.size + plane.origin + y * plane.pitch;
		for (let x = 0; x < shape.width; x++) visit(index++, (row + x) * 4 + (c & 3));
	}
}
// .cache/dist-26594/gpu/tuner.js
const BUDGET_MS = 500;
const SIZE = 256;
/** The largest difference from the plain kernel, relative to the largest value, that rounding explains. */
const TOLERANCE = {
	f32: 1e-4,
	f16: .03,
	"packed-f16": .01
};
/**
* Measures the variants for each form of convolution in `fused`, at the shape of it that costs most.
* @throws EsrganError "out-of-memory" or "device-lost"; signal.reason if aborted
*/
async function tune(device, fused, capabilities, storage, options = {}) {
	const choices = [];
	const shapes = capabilities.kind === "software" && !options.software ? [] : costliest(fused);
	const budget = (options.budgetMs ?? BUDGET_MS) / Math.max(shapes.length, 1);
	for (const conv of shapes) choices.push(await tuneForm(device, conv, capabilities, storage, budget, options));
	return {
		version: 1,
		device: deviceName(capabilities),
		storage,
		choices
	};
}
/** For each form the convolution with the most weights: the others of a network are close to it or cheap. */
function costliest(fused) {
	const byForm = /* @__PURE__ */ new Map();
	for (const node of fused.nodes) {
		if (node.op !== "conv2d") continue;
		const key = JSON.stringify(formOf(node));
		const size = (conv) => conv.weight.shape.reduce((product, n) => product * n, 1);
		const found = byForm.get(key);
		if (!found || size(node) > size(found)) byForm.set(key, node);
	}
	return [...byForm.values()];
}
function formOf(conv) {
	return {
		kernel: conv.weight.shape[2],
		upsample: conv.upsample,
		shuffle: conv.shuffle.factor
	};
}
async function tuneForm(device, conv, capabilities, storage, budgetMs, { signal, size = SIZE }) {
	const form = formOf(conv);
	const variants = candidates(capabilities, form, storage);
	const graph = probeGraph(conv, form);
	const input = noise(conv.weight.shape[1], size);
	const measure = (variant) => new Probe(device, graph, input, capabilities, storage, variant);
	const oracle = await measure({ kind: "plain" }).run(signal, 0);
	const measured = [];
	for (const variant of variants) {
		signal?.throwIfAborted();
		const { output, ms } = await measure(variant).run(signal, budgetMs / variants.length);
		const error = relativeError(output, oracle.output);
		measured.push(error <= TOLERANCE[storage] ? {
			variant,
			ms
		} : {
			variant,
			ms: void 0,
			refused: `differs from the plain kernel by ${error.toExponential(1)}`
		});
	}
	measured.sort((a, b) => (a.ms ?? Number.POSITIVE_INFINITY) - (b.ms ?? Number.POSITIVE_INFINITY));
	const best = measured[0];
	return {
		form,
		variant: best?.ms === void 0 ? { kind: "plain" } : best.variant,
		measured
	};
}
/** One convolution of the given shape with weights of its own, without residuals. */
function probeGraph(conv, { upsample, shuffle }) {
	const [outChannels, inChannels, kernel] = conv.weight.shape;
	const weights = noise(outChannels, Math.ceil(Math.sqrt(inChannels * kernel * kernel))).data.subarray(0, outChannels * inChannels * kernel * kernel);
	const b = new GraphBuilder({
		metadata: {},
		tensors: /* @__PURE__ */ new Map([["probe.weight", new WeightTensor("probe.weight", conv.weight.shape, weights)]])
	});
	const x = b.input(inChannels);
	const y = b.conv("probe", upsample === 1 ? x : b.upsampleNearest("upsample", x, upsample), void 0, { bias: false });
	return b.build(shuffle === 1 ? y : b.pixelShuffle("shuffle", y, shuffle));
}
/** Values -0.5..0.5 of a fixed generator, [channels,size,size]. */
function noise(channels, size) {
	const out = tensor({
		channels,
		height: size,
		width: size
	});
	let state = 1;
	for (let i = 0; i < out.data.length; i++) {
		state = Math.imul(state, 1664525) + 1013904223 >>> 0;
		out.data[i] = state / 2 ** 32 - .5;
	}
	return out;
}
/** One variant at work on the probe. */
var Probe = class {
	device;
	graph;
	input;
	capabilities;
	storage;
	variant;
	constructor(device, graph, input, capabilities, storage, variant) {
		this.device = device;
		this.graph = graph;
		this.input = input;
		this.capabilities = capabilities;
		this.storage = storage;
		this.variant = variant;
	}
	/** Runs it once, then for about `budgetMs`; everything it made is freed. */
	async run(signal, budgetMs) {
		const { device, graph, input, storage, capabilities } = this;
		const plan = planExecution(fuse(graph), {
			width: input.width,
			height: input.height,
			io: { kind: "tensor" },
			storage,
			device: capabilities,
			chooseConv: () => this.variant
		});
		const weights = new WeightStore(device);
		let prepared;
		let staging;
		try {
			prepared = await PreparedPlan.create(device, plan, weights);
			const { buffer, offset, byteLength } = plan.output;
			[staging] = await createBuffers(device, [{
				label: "staging",
				byteLength,
				usage: USAGE.mapRead | USAGE.copyDst
			}]);
			const packed = packTensor(input, plan.memory.values[graph.input].plane, storage);
			device.queue.writeBuffer(prepared.slot(plan.input.buffer), plan.input.offset, packed);
			await prepared.run();
			const bytes = await prepared.read(prepared.slot(buffer), offset, staging, byteLength);
			const { shape, plane } = plan.memory.values[graph.output];
			return {
				output: unpackTensor(bytes, shape, plane, storage),
				ms: budgetMs > 0 ? await this.#time(prepared, signal, budgetMs) : 0
			};
		} finally {
			staging?.destroy();
			prepared?.destroy();
			weights.destroy();
		}
	}
	/** The median over passes of many dispatches, so that neither submitting nor a coarse clock counts. */
	async #time(prepared, signal, budgetMs) {
		const samples = [];
		let repeats = 1;
		for (let spent = 0; spent < budgetMs || samples.length < 3;) {
			signal?.throwIfAborted();
			const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu tune" });
			for (let i = 0; i < repeats; i++) prepared.encode(encoder);
			const start = performance.now();
			this.device.queue.submit([encoder.finish()]);
			await this.device.queue.onSubmittedWorkDone();
			const elapsed = performance.now() - start;
			spent += elapsed;
			if (elapsed < MIN_PASS_MS && repeats < MAX_REPEATS) {
				repeats *= 2;
				samples.length = 0;
			} else samples.push(elapsed / repeats);
		}
		return samples.sort((a, b) => a - b)[samples.length >> 1];
	}
};
const MIN_PASS_MS = 7;
const MAX_REPEATS = 256;
function relativeError(found, wanted) {
	let largest = 0;
	let error = 0;
	for (let i = 0; i < wanted.data.length; i++) {
		largest = Math.max(largest, Math.abs(wanted.data[i]));
		const difference = Math.abs(found.data[i] - wanted.data[i]);
		if (!(difference <= error)) error = difference;
	}
	return largest === 0 ? error : error / largest;
}
// .cache/dist-26594/graph/resize-plan.js
const LARGEST_WINDOW = 512;
/** Plans resizing `from` to `to`, antialiased bicubic. */
function planResize({ from, to, wraps, budget }) {
	const taps = {
		x: resizeTaps("bicubic", true, from.width, to.width, wraps),
		y: resizeTaps("bicubic", true, from.height, to.height, wraps)
	};
	for (let side = LARGEST_WINDOW;; side = Math.ceil(side / 2)) {
		const across = axisOf(taps.x, to.width, side);
		const down = axisOf(taps.y, to.height, side);
		const buffers = buffersOf(from, to, across, down);
		const peakBytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
		if (side === 1 || peakBytes <= budget) return {
			run: runnable(from, to, across, down, buffers),
			peakBytes,
			across,
			down
		};
	}
}
/** The table of taps of the window whose result starts at `x`, `y`. */
function tapTable({ across, down }, x, y) {
	const parts = [windowTaps(across, x), windowTaps(down, y)];
	const table = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		table.set(part, at);
		at += part.length;
	}
	return table;
}
function windowTaps({ taps: { start, count, weights }, windows: { size } }, first) {
	const table = new Float32Array(size * (count + 1));
	for (let i = 0; i < size; i++) table[i] = start[first + i] - start[first];
	table.set(weights.subarray(first * count, (first + size) * count), size);
	return table;
}
function axisOf(taps, length, side) {
	const count = Math.ceil(length / side);
	const windows = cutAxis({
		length,
		overlap: 0,
		multiple: 1,
		wraps: false
	}, count);
	const spans = windows.spans.map(({ start }) => taps.start[start + windows.size - 1] - taps.start[start] + taps.count);
	return {
		taps,
		windows,
		sourceSize: Math.max(...spans)
	};
}
function buffersOf(from, to, across, down) {
	const source = pictureByteLength({
		...from,
		width: across.sourceSize,
		height: down.sourceSize
	});
	const result = pictureByteLength({
		...to,
		width: across.windows.size,
		height: down.windows.size
	});
	const out = PICTURE_HEADER_BYTES + result;
	const table = ({ taps, windows }) => windows.size * (taps.count + 1) * 4;
	const make = (label, role, byteLength) => ({
		label: `resize ${label}`,
		role,
		byteLength
	});
	return [
		make("picture in", "picture-in", source),
		make("picture out", "picture-out", out),
		make("staging", "staging", out),
		make("taps", "tables", table(across) + table(down)),
		make("uniforms", "uniforms", 256)
	];
}
function runnable(from, to, across, down, buffers) {
	const counts = {
		x: across.taps.count,
		y: down.taps.count
	};
	const call = resizePixelsKernel({
		width: across.sourceSize,
		height: down.sourceSize,
		bits: from.bits
	}, {
		width: across.windows.size,
		height: down.windows.size,
		bits: to.bits
	}, counts);
	const uniforms = /* @__PURE__ */ new Uint32Array(64);
	uniforms.set(call.planes);
	const resources = call.arguments.map(({ kind }) => {
		const role = kind === "planes" ? "uniforms" : kind;
		const buffer = buffers.findIndex((each) => each.role === role);
		return {
			kind: "buffer",
			buffer,
			offset: 0,
			byteLength: kind === "planes" ? call.planes.length * 4 : buffers[buffer].byteLength
		};
	});
	const pixels = across.windows.size * down.windows.size;
	return {
		buffers,
		pipelines: [{
			label: "resize-pixels",
			code: call.code,
			bindings: call.bindings
		}],
		dispatches: [{
			node: "resize",
			op: "resize",
			variant: call.variant,
			pipeline: 0,
			workgroups: call.workgroups,
			resources,
			flops: 6 * pixels * (counts.x + 1) * counts.y,
			bytes: buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
		}],
		constants: [],
		uniforms
	};
}
// .cache/dist-26594/image/pack.js
/** RGBA words back to pixels of `channels`, with `alpha` or opaque. */
function unpackRgba(rgba, shape, alpha) {
	const { width, height, channels, bits } = shape;
	if (channels === 4 && !alpha) return {
		...shape,
		data: rgba
	};
	const length = width * height * channels;
	const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
	const colors = channels < 3 ? 1 : 3;
	const max = 2 ** bits - 1;
	for (let i = 0, to = 0, from = 0; to < length; i++, to += channels, from += 4) {
		for (let c = 0; c < colors; c++) data[to + c] = rgba[from + c];
		if (colors < channels) data[to + colors] = alpha ? alpha[i] : max;
	}
	return {
		...shape,
		data
	};
}
// .cache/dist-26594/image/sink.js
/** The kind asked for, or the kind that came in. @throws EsrganError "bad-input" */
function outputKind(source, asked) {
	const kind = asked ?? (isImageData(source) ? "imageData" : "pixels");
	if (kind !== "pixels" && kind !== "imageData") throw new EsrganError("bad-input", `The output must be "pixels" or "imageData", got "${kind}"`);
	if (kind === "imageData" && typeof ImageData === "undefined") throw new EsrganError("bad-input", "This environment has no ImageData, ask for the output \"pixels\"");
	return kind;
}
/** `pixels` as `kind`. */
function toOutput(pixels, kind) {
	if (kind === "pixels") return pixels;
	return new ImageData(rgba8(pixels), pixels.width, pixels.height);
}
function rgba8({ data, channels, bits, width, height }) {
	const levels = (value) => bits === 16 ? Math.round(value / 257) : value;
	const out = new Uint8ClampedArray(width * height * 4);
	const gray = channels < 3;
	for (let i = 0, from = 0; i < out.length; i += 4, from += channels) {
		out[i] = levels(data[from]);
		out[i + 1] = levels(data[gray ? from : from + 1]);
		out[i + 2] = levels(data[gray ? from : from + 2]);
		out[i + 3] = channels % 2 === 0 ? levels(data[from + channels - 1]) : 255;
	}
	return out;
}
// .cache/dist-26594/image/window.js
const UPRIGHT = {
	mirrorX: false,
	mirrorY: false,
	transpose: false
};
/** All eight, those that keep width and height first. */
const ORIENTATIONS = [false, true].flatMap((transpose) => [false, true].flatMap((mirrorY) => [false, true].map((mirrorX) => ({
	mirrorX,
	mirrorY,
	transpose
}))));
/** For `size` pixels along an axis from `start` on, those of the picture's `length`. */
function windowIndices(start, size, length, border) {
	return Int32Array.from({ length: size }, (_, i) => {
		const at = start + i;
		if (at >= 0 && at < length) return at;
		if (border === "wrap") return (at % length + length) % length;
		const mirrored = at < 0 ? -at : 2 * (length - 1) - at;
		return border === "reflect" && mirrored >= 0 && mirrored < length ? mirrored : at < 0 ? 0 : length - 1;
	});
}
/** The window of `pixels` with those columns and rows, as RGBA; gray is repeated, alpha (which the GPU ignores) may be zero. */
function packWindow({ data, width, channels, bits }, columns, rows, orientation = UPRIGHT) {
	const [across, down] = [columns.length, rows.length];
	const packed = bits === 16 ? new Uint16Array(across * down * 4) : new Uint8Array(across * down * 4);
	const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
	const { transpose, mirrorX, mirrorY } = orientation;
	const [stepX, stepY] = transpose ? [down, 1] : [1, across];
	for (let y = 0; y < down; y++) {
		const row = rows[y] * width;
		const line = (mirrorY ? down - 1 - y : y) * stepY;
		for (let x = 0; x < across; x++) {
			const from = (row + columns[x]) * channels;
			const to = (line + (mirrorX ? across - 1 - x : x) * stepX) * 4;
			packed[to] = data[from];
			packed[to + 1] = data[from + green];
			packed[to + 2] = data[from + blue];
		}
	}
	return packed;
}
/**
* Visits the pixels of `part` of a result that was computed in some orientation, as the indices of its pixels in `from` (whose
* upright extent is given) and in rows of `pitch` pixels whose first is `part`'s.
*/
function visitUpright(extent, { transpose, mirrorX, mirrorY }, part, pitch, visit) {
	const [stepX, stepY] = transpose ? [extent.height, 1] : [1, extent.width];
	for (let y = 0; y < part.height; y++) {
		const at = part.top + y;
		const line = (mirrorY ? extent.height - 1 - at : at) * stepY;
		for (let x = 0; x < part.width; x++) {
			const column = part.left + x;
			visit(line + (mirrorX ? extent.width - 1 - column : column) * stepX, y * pitch + x);
		}
	}
}
// .cache/dist-26594/upscaler/network-pass.js
/** Some value of a tile was not finite. */
var NotFinite = class extends Error {};
/** Runs that a pass takes: tiles, and orientations of each. */
function runsOf({ tiles, tta }) {
	return tiles.columns.spans.length * tiles.rows.spans.length * (tta ? ORIENTATIONS.length : 1);
}
/** The form of tile that a pass prepares for an orientation. */
function tileForm({ source, outBits, tiles, tta }, { transpose } = UPRIGHT) {
	const { columns, rows, windows } = tiles;
	const upright = {
		width: columns.size,
		height: rows.size,
		windows
	};
	const turned = {
		width: rows.size,
		height: columns.size,
		windows: {
			columns: windows.rows,
			rows: windows.columns
		}
	};
	return {
		...transpose ? turned : upright,
		bits: source.bits,
		outBits: tta ? 16 : outBits,
		gray: source.channels < 3
	};
}
/**
* The result of `settings`, a strip for each row of tiles; rows before `firstRow` are left out and, where a row of tiles has
* no others, not computed.
* @throws NotFinite where a tile's values are not; EsrganError as NetworkState.prepare; what the checkpoint throws
*/
async function* networkStrips(state, settings, events, firstRow = 0) {
	const { source, scale, tiles } = settings;
	for (const row of tiles.rows.spans) {
		const end = row.coreEnd * scale;
		if (end <= firstRow) continue;
		const y = row.coreStart * scale;
		const data = await tileRow(state, settings, events, row);
		const skipped = Math.max(firstRow - y, 0);
		yield {
			y: y + skipped,
			rows: end - y - skipped,
			data: data.subarray(skipped * source.width * scale * 4)
		};
	}
}
async function tileRow(state, settings, events, row) {
	const { source, scale, outBits, tiles, tta } = settings;
	const pitch = source.width * scale;
	const length = pitch * (row.coreEnd - row.coreStart) * scale * 4;
	const strip = outBits === 16 ? new Uint16Array(length) : new Uint8Array(length);
	const sums = tta ? new Uint32Array(length) : void 0;
	for (const orientation of tta ? ORIENTATIONS : [UPRIGHT]) for (const column of tiles.columns.spans) copyCore(await runTile(state, settings, events, column, row, orientation), settings, orientation, column, row, {
		into: sums ?? strip,
		at: column.coreStart * scale,
		pitch
	});
	if (sums) {
		const levels = 65535 / (2 ** outBits - 1);
		for (let i = 0; i < length; i++) strip[i] = Math.floor(sums[i] / ORIENTATIONS.length / levels + .5);
	}
	return strip;
}
/** The whole tile's result in its orientation, as RGBA. */
async function runTile(state, settings, { checkpoint, advance }, column, row, orientation) {
	const { source, wraps } = settings;
	const form = tileForm(settings, orientation);
	const prepared = await state.prepare(form);
	checkpoint();
	const { columns, rows } = settings.tiles;
	const indices = (tiles, start, length) => windowIndices(start, tiles.size, length, wraps ? "wrap" : paddingOf(tiles, length));
	const input = packWindow(source, indices(columns, column.start, source.width), indices(rows, row.start, source.height), orientation);
	let reported = 0;
	const bytes = await runPixels(prepared, input, {
		checkpoint,
		onProgress: (done, total) => {
			advance(done / total - reported);
			reported = done / total;
		}
	});
	return form.outBits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
}
/** How a picture is padded to a size that the network takes: a reflection, unless it would need more pixels than there are. */
function paddingOf({ size, spans }, length) {
	return spans.at(-1).start + size - length >= length ? "repeat" : "reflect";
}
/**
* Runs a plan from pixels to pixels.
* @throws NotFinite; EsrganError "device-lost"; what the checkpoint throws
*/
async function runPixels(prepared, input, options) {
	prepared.write("picture-in", input);
	prepared.write("picture-out", new Uint32Array(PICTURE_HEADER_BYTES / 4));
	await prepared.run(options);
	options.checkpoint?.();
	const bytes = await prepared.readPicture();
	if (new Uint32Array(bytes, 0, 1)[0] !== 0) throw new NotFinite();
	return bytes.slice(PICTURE_HEADER_BYTES);
}
/** Copies a tile's core into a strip, or adds it to one of sums. */
function copyCore(result, { scale, tiles }, orientation, column, row, { into, at, pitch }) {
	const extent = {
		width: tiles.columns.size * scale,
		height: tiles.rows.size * scale
	};
	const core = {
		left: (column.coreStart - column.start) * scale,
		top: (row.coreStart - row.start) * scale,
		width: (column.coreEnd - column.coreStart) * scale,
		height: (row.coreEnd - row.coreStart) * scale
	};
	if (!(into instanceof Uint32Array)) {
		for (let y = 0; y < core.height; y++) {
			const from = ((core.top + y) * extent.width + core.left) * 4;
			into.set(result.subarray(from, from + core.width * 4), (y * pitch + at) * 4);
		}
		return;
	}
	visitUpright(extent, orientation, core, pitch, (from, to) => {
		for (let c = 0; c < 4; c++) into[(to + at) * 4 + c] += result[from * 4 + c];
	});
}
// .cache/dist-26594/graph/tile-choice.js
/** The largest sides of a tail's windows that are tried, in pixels of the trunk. */
const WINDOW_SIDES = [
	Number.POSITIVE_INFINITY,
	512,
	384,
	256,
	192,
	128,
	96,
	64,
	48,
	32,
	24,
	16,
	12,
	8,
	5
];
/**
* Chooses the tiles and windows that cost least.
* @throws EsrganError "bad-input" where not even the smallest tile, or none of the asked size, fits the budget;
*   "unsupported-device" where it is the device's limits that none fits
*/
function chooseTiles(fused, request) {
	const costs = new TileCosts(fused, request);
	const axis = (length) => ({
		...request,
		length
	});
	const [across, down] = [axis(request.width), axis(request.height)];
	let best;
	const consider = (columns, rows, side) => {
		const windows = costs.fits(columns.size, rows.size, side);
		if (!windows) return false;
		const cost = costs.work(columns.size, rows.size, windows) * columns.count * rows.count;
		if (!best || cost < best.cost) best = {
			columns: columns.count,
			rows: rows.count,
			windows,
			cost
		};
		return true;
	};
	const { size } = request;
	const cutAcross = size === void 0 ? cuts(across) : [measureCut(across, countBySize(across, size))];
	const cutDown = size === void 0 ? cuts(down) : [measureCut(down, countBySize(down, size))];
	for (const side of WINDOW_SIDES) {
		for (const columns of cutAcross) {
			const rows = firstThat(cutDown, (each) => costs.fits(columns.size, each.size, side) !== void 0);
			if (rows && consider(columns, rows, side) && rows.count === 1) break;
		}
		if (best && best.columns * best.rows === 1) break;
	}
	if (!best) throw tooLarge(costs, request, across, down);
	const { overlap } = request;
	return {
		overlap,
		columns: cutAxis(across, best.columns),
		rows: cutAxis(down, best.rows),
		windows: best.windows
	};
}
/** Ways to cut an axis, fewest tiles first, at first each number and then ever larger steps. */
function cuts(axis) {
	const found = [];
	for (let count = 1;; count = Math.max(count + 1, Math.floor(count * 1.1))) {
		const cut = measureCut(axis, count);
		if (cut.count === found.at(-1)?.count) return found;
		found.push(cut);
	}
}
/** The first of `sorted` that passes, where all behind one that passes do. */
function firstThat(sorted, passes) {
	let [low, high] = [0, sorted.length];
	while (low < high) {
		const middle = low + high >> 1;
		if (passes(sorted[middle])) high = middle;
		else low = middle + 1;
	}
	return sorted[low];
}
/** What a tile of some size takes. */
var TileCosts = class {
	fused;
	request;
	#slots;
	#tail;
	#resultScale;
	#trunkFlops;
	#tailFlops;
	constructor(fused, request) {
		this.fused = fused;
		this.request = request;
		const length = 16 * request.multiple;
		const cut = tailWindows(fused, {
			width: length,
			height: length
		});
		const memory = planMemory(fused, length, length, {
			storesElsewhere: storesPixels(fused),
			tail: cut && {
				of: cut.tail,
				width: cut.columns.size,
				height: cut.rows.size
			}
		});
		this.#tail = cut?.tail;
		this.#slots = memory.slots.map(({ plane, blocks, isTail }) => ({
			isTail,
			scale: plane.width / (isTail ? cut.columns.size : length),
			pad: plane.pad,
			blocks
		}));
		const { values, output } = fused.graph;
		this.#resultScale = values[output].scale;
		const flops = (isTail) => fused.nodes.reduce((sum, node) => {
			if (node.op !== "conv2d" || Boolean(cut?.tail.values.has(node.output)) !== isTail) return sum;
			return sum + node.weight.shape.reduce((product, n) => product * n, 1) * (values[node.output].scale / node.shuffle.factor) ** 2;
		}, 0);
		this.#trunkFlops = flops(false);
		this.#tailFlops = flops(true);
	}
	/** The windows, of at most `side`, with which a tile fits budget and limits. */
	fits(width, height, side) {
		const windows = this.#fitsUpright(width, height, side);
		return windows && this.request.turned && !this.#fitsUpright(height, width, side) ? void 0 : windows;
	}
	#fitsUpright(width, height, side) {
		const { device, budget } = this.request;
		const windows = this.#windowsOf(width, height, side);
		const sizes = this.#bufferSizes(width, height, windows);
		const most = Math.min(device.maxBufferSize, device.maxStorageBufferBindingSize);
		return sizes.every((size) => size <= most) && sum(sizes) <= budget ? windows : void 0;
	}
	/** The fewest bytes that all buffers of a tile but the weights can take. */
	leastBytes(width, height) {
		const each = WINDOW_SIDES.map((side) => this.#bufferSizes(width, height, this.#windowsOf(width, height, side)));
		return Math.min(...each.map(sum));
	}
	#windowsOf(width, height, side) {
		const tail = this.#tail;
		if (!tail) return {
			columns: 1,
			rows: 1
		};
		const count = (length) => {
			const axis = windowAxis(tail, length);
			return measureCut(axis, countBySize(axis, Math.max(side, smallestTile(axis)))).count;
		};
		return {
			columns: count(width),
			rows: count(height)
		};
	}
	/** Multiply-accumulates of a tile. */
	work(width, height, windows) {
		const tailArea = this.#windowSize(width, windows.columns) * this.#windowSize(height, windows.rows) * windows.columns * windows.rows;
		const tailScale = this.#tail?.trunkScale ?? 1;
		return width * height * this.#trunkFlops + tailArea / tailScale ** 2 * this.#tailFlops;
	}
	/** Pixels of the trunk that a window spans. */
	#windowSize(length, count) {
		return this.#tail ? measureCut(windowAxis(this.#tail, length), count).size : length;
	}
	#bufferSizes(width, height, windows) {
		const { storage, bits, outBits } = this.request;
		const window = [this.#windowSize(width, windows.columns), this.#windowSize(height, windows.rows)];
		const slots = this.#slots.map(({ isTail, scale, pad, blocks }) => {
			const [w, h] = isTail ? window : [width, height];
			return plane(w * scale, h * scale, pad).size * blocks * BLOCK_BYTES[storage];
		});
		const scale = this.#resultScale;
		const result = {
			width: width * scale,
			height: height * scale,
			bits: outBits
		};
		const out = PICTURE_HEADER_BYTES + pictureByteLength(result);
		const tailNodes = this.#tail?.values.size ?? 0;
		const kernels = 1 + this.fused.nodes.length + (tailNodes + 1) * windows.columns * windows.rows;
		return [
			...slots,
			pictureByteLength({
				width,
				height,
				bits
			}),
			out,
			out,
			kernels * 256
		];
	}
};
function sum(values) {
	return values.reduce((total, value) => total + value, 0);
}
function tooLarge(costs, request, across, down) {
	const { size, budget } = request;
	const least = (axis) => measureCut(axis, countBySize(axis, size ?? smallestTile(axis))).size;
	const sides = [least(across), least(down)];
	const bytes = costs.leastBytes(...sides);
	const what = `${size === void 0 ? "The smallest" : "A"} tile of ${sides[0]}x${sides[1]} pixels needs ${bytes} bytes beside the weights`;
	if (bytes > budget) return new EsrganError("bad-input", `${what}, the memory budget leaves ${Math.max(budget, 0)}`);
	return new EsrganError("unsupported-device", `${what}, in buffers that pass this device's limits`);
}
// .cache/dist-26594/upscaler/network-planner.js
const REMEMBERED = 4;
var NetworkPlanner = class {
	network;
	#plans = /* @__PURE__ */ new Map();
	#choices = /* @__PURE__ */ new Map();
	#knownWeightBytes;
	constructor(network) {
		this.network = network;
	}
	get storage() {
		return this.network.storage;
	}
	/**
	* How to cut a picture so that tiles and weights take at most `budget` bytes.
	* @throws as chooseTiles
	*/
	chooseTiles(request) {
		return remembered(this.#choices, JSON.stringify(request), () => {
			const { fused, multiple, capabilities, storage } = this.network;
			const budget = request.budget - this.#weightBytes;
			return chooseTiles(fused, {
				...request,
				budget,
				multiple,
				storage,
				device: capabilities
			});
		});
	}
	/** @throws as planExecution */
	planTile(form) {
		return remembered(this.#plans, JSON.stringify(form), () => planExecution(this.network.fused, this.#request(form)));
	}
	/** The same at every size, so the smallest tells. */
	get #weightBytes() {
		const length = this.network.multiple;
		const form = {
			width: length,
			height: length,
			bits: 8,
			outBits: 8,
			gray: false,
			windows: {
				columns: 1,
				rows: 1
			}
		};
		this.#knownWeightBytes ??= planWeightBytes(this.network.fused, this.#request(form));
		return this.#knownWeightBytes;
	}
	#request({ width, height, bits, outBits, gray, windows }) {
		const { capabilities, storage, chooseConv } = this.network;
		return {
			width,
			height,
			windows,
			storage,
			device: capabilities,
			...chooseConv ? { chooseConv } : {},
			io: {
				kind: "pixels",
				bits,
				outBits,
				gray
			}
		};
	}
};
/** What `known` has under this name, or what `make` gives, which stays among those used last. */
function remembered(known, name, make) {
	const found = known.get(name) ?? make();
	known.delete(name);
	known.set(name, found);
	if (known.size > REMEMBERED) known.delete(known.keys().next().value);
	return found;
}
// .cache/dist-26594/upscaler/network-state.js
var NetworkState = class {
	device;
	planner;
	#weights;
	/** What the weights are packed for: another kernel may want them in another way. */
	#packing = "";
	/** One, so that memory is what its plan says. */
	#prepared;
	#destroyed = false;
	constructor(device, planner) {
		this.device = device;
		this.planner = planner;
		this.#weights = new WeightStore(device);
	}
	/** @throws EsrganError as NetworkPlanner.planTile, or "out-of-memory", "device-lost" */
	async prepare(form) {
		const key = JSON.stringify(form);
		if (this.#prepared?.key === key) return this.#prepared.plan;
		const { device } = this;
		const plan = this.planner.planTile(form);
		this.#dropPrepared();
		const packing = plan.constants.map((data) => data.key).join();
		if (packing !== this.#packing) {
			this.#weights.destroy();
			this.#weights = new WeightStore(device);
			this.#packing = packing;
		}
		const prepared = await untilLost(device, PreparedPlan.create(device, plan, this.#weights));
		if (this.#destroyed) {
			prepared.destroy();
			this.#weights.destroy();
		} else this.#prepared = {
			key,
			plan: prepared
		};
		return prepared;
	}
	destroy() {
		this.#destroyed = true;
		this.#dropPrepared();
		this.#weights.destroy();
	}
	#dropPrepared() {
		this.#prepared?.plan.destroy();
		this.#prepared = void 0;
	}
};
// .cache/dist-26594/upscaler/progress.js
var ProgressMeter = class {
	total;
	listener;
	#start = performance.now();
	#done = 0;
	/** What a unit of work counts: less than 1 once work has to be done that was not foreseen. */
	#weight = 1;
	constructor(total, listener) {
		this.total = total;
		this.listener = listener;
	}
	advance(work) {
		this.#tell(this.#done + Math.max(work, 0) * this.#weight);
	}
	/** From now on `work` units remain, whatever was foreseen. */
	remains(work) {
		this.#weight = work > 0 ? (this.total - this.#done) / work : 1;
	}
	end() {
		if (this.#done < this.total) this.#tell(this.total);
	}
	#tell(done) {
		this.#done = Math.min(done, this.total);
		const elapsed = performance.now() - this.#start;
		const etaMs = this.#done > 0 ? elapsed / this.#done * (this.total - this.#done) : Number.POSITIVE_INFINITY;
		this.listener?.({
			done: this.#done,
			total: this.total,
			etaMs
		});
	}
};
// .cache/dist-26594/upscaler/request.js
const LEAST_SCALE = .1;
const MOST_SCALE = 16;
const ALPHA_MODES = [
	"bicubic",
	"network",
	"ignore"
];
/** @throws EsrganError "bad-input" naming the option */
function requestOf(options, network) {
	const { scale = network.scale, tile = "auto", alpha = "bicubic", tta = false, tileable = false } = options;
	if (typeof scale !== "number" || !(scale >= LEAST_SCALE && scale <= MOST_SCALE)) throw new EsrganError("bad-input", `scale must be a number from ${LEAST_SCALE} to ${MOST_SCALE}, got ${scale}`);
	if (!ALPHA_MODES.includes(alpha)) throw new EsrganError("bad-input", `alpha must be "bicubic", "network" or "ignore", got "${alpha}"`);
	for (const [name, value] of Object.entries({
		tta,
		tileable
	})) if (typeof value !== "boolean") throw new EsrganError("bad-input", `${name} must be true or false, got ${value}`);
	const passes = passesFor(scale, network.scale);
	return {
		scale,
		passes,
		resizes: network.scale ** passes !== scale,
		...tileOf(tile, network),
		alpha,
		tta,
		tileable
	};
}
/** The size of the result. */
function resultSize({ width, height }, scale) {
	return {
		width: Math.max(1, Math.round(width * scale)),
		height: Math.max(1, Math.round(height * scale))
	};
}
/** As often as reaches the scale, but once at least: a picture made smaller is still one restored. */
function passesFor(scale, networkScale) {
	let passes = 1;
	if (networkScale > 1) for (let reached = networkScale; reached < scale; reached *= networkScale) passes++;
	return passes;
}
function tileOf(tile, network) {
	if (tile === "auto") return {
		tileSize: void 0,
		overlap: defaultOverlap(network)
	};
	const size = tile?.size;
	if (typeof tile !== "object" || tile === null || !Number.isInteger(size) || size < 1) throw new EsrganError("bad-input", `tile must be "auto" or { size, overlap } in whole pixels, got ${typeof tile === "object" ? JSON.stringify(tile) : String(tile)}`);
	const { overlap } = tile;
	if (overlap !== void 0 && !(Number.isInteger(overlap) && overlap >= 0)) throw new EsrganError("bad-input", `tile.overlap must be a whole number of pixels, got ${overlap}`);
	if (2 * (overlap ?? 0) >= size) throw new EsrganError("bad-input", `A tile of ${size} pixels leaves nothing beside an overlap of ${overlap} on both sides`);
	return {
		tileSize: size,
		overlap: overlap ?? Math.min(defaultOverlap(network), Math.floor(size / 4))
	};
}
/**
* What hides a seam, measured on a photo with `npm run bench -- seams`; docs/tiles.md has the table. Overlap that did worse than
* less of it counts for no better.
*/
const SEAMS = {
	compact: [
		[8, 7],
		[16, 4],
		[24, 1],
		[32, 0]
	],
	rrdbOf6: [
		[8, 18],
		[16, 8],
		[24, 4],
		[32, 3],
		[48, 1]
	],
	rrdbOf23: [
		[8, 20],
		[16, 13],
		[32, 10],
		[48, 2],
		[64, 1]
	]
};
/** More blocks look further. */
function seamsOf({ architecture, blocks }) {
	if (architecture === "compact") return SEAMS.compact;
	return blocks <= 6 ? SEAMS.rrdbOf6 : SEAMS.rrdbOf23;
}
const DEFAULT_SEAM_LEVELS = 1;
function defaultOverlap(network) {
	return seamsOf(network).find(([, levels]) => levels <= DEFAULT_SEAM_LEVELS)[0];
}
/** The levels of 255 by which seams show at most, as far as was measured; undefined for less overlap than that. */
function seamLevels(network, overlap) {
	return seamsOf(network).filter(([each]) => each <= overlap).at(-1)?.[1];
}
// .cache/dist-26594/upscaler/resizer.js
/** A picture that comes strip by strip; rows above those asked for last are let go. */
var StripSource = class {
	strips;
	width;
	height;
	#kept;
	/** The picture's row that `#kept` starts with. */
	#first = 0;
	constructor(strips, width, height, bits) {
		this.strips = strips;
		this.width = width;
		this.height = height;
		const data = bits === 16 ? /* @__PURE__ */ new Uint16Array() : /* @__PURE__ */ new Uint8Array();
		this.#kept = {
			data,
			width,
			height: 0,
			channels: 4,
			bits
		};
	}
	async window(columns, rows) {
		const top = rows.reduce((least, row) => Math.min(least, row), this.height);
		const bottom = rows.reduce((most, row) => Math.max(most, row), 0);
		while (this.#first + this.#kept.height <= bottom) {
			const { done, value } = await this.strips.next();
			if (done) throw new Error("a picture ended before its last row");
			this.#add(value, Math.max(top - this.#first, 0));
		}
		return packWindow(this.#kept, columns, rows.map((row) => row - this.#first));
	}
	#add(strip, dropped) {
		const { width, bits, data, height } = this.#kept;
		const from = Math.min(dropped, height);
		const rest = data.subarray(from * width * 4);
		const length = rest.length + strip.data.length;
		const joined = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
		joined.set(rest);
		joined.set(strip.data, rest.length);
		this.#first += from;
		this.#kept = {
			...this.#kept,
			data: joined,
			height: length / (width * 4)
		};
	}
};
/**
* `source` resized as planned, in strips from the top down. Frees what it made, however it ends.
* @throws EsrganError "out-of-memory", "device-lost"; what the checkpoint throws
*/
async function* resizedStrips(device, plan, source, { wraps, bits, checkpoint }) {
	const { across, down } = plan;
	const border = wraps ? "wrap" : "repeat";
	const width = across.windows.spans.at(-1).coreEnd;
	const weights = new WeightStore(device);
	const prepared = await untilLost(device, PreparedPlan.create(device, plan.run, weights));
	const indices = (axis, start, length) => windowIndices(axis.taps.start[start], axis.sourceSize, length, border);
	try {
		for (const row of down.windows.spans) {
			const rows = row.coreEnd - row.coreStart;
			const data = bits === 16 ? new Uint16Array(width * rows * 4) : new Uint8Array(width * rows * 4);
			for (const column of across.windows.spans) {
				checkpoint();
				const input = await source.window(indices(across, column.start, source.width), indices(down, row.start, source.height));
				prepared.write("tables", tapTable(plan, column.start, row.start));
				const bytes = await runPixels(prepared, input, { checkpoint });
				const result = bits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
				const left = column.coreStart - column.start;
				const length = (column.coreEnd - column.coreStart) * 4;
				for (let y = 0; y < rows; y++) {
					const from = ((row.coreStart - row.start + y) * across.windows.size + left) * 4;
					data.set(result.subarray(from, from + length), (y * width + column.coreStart) * 4);
				}
			}
			yield {
				y: row.coreStart,
				rows,
				data
			};
		}
	} finally {
		prepared.destroy();
		weights.destroy();
	}
}
// .cache/dist-26594/upscaler.js
/**
* Loads the model and makes an Upscaler for `device`, which stays the caller's. Weights are uploaded with the first picture.
* @throws EsrganError "bad-input", or what loadModel throws
*/
async function createUpscaler(device, options = {}) {
	if (typeof device?.createComputePipelineAsync !== "function") throw new EsrganError("bad-input", `createUpscaler takes a GPUDevice, got ${device === null ? "null" : typeof device}`);
	const { precision = "auto", memoryBudget } = options;
	if (precision !== "auto" && precision !== "f32" && precision !== "f16") throw new EsrganError("bad-input", `precision must be "auto", "f32" or "f16", got "${precision}"`);
	if (memoryBudget !== void 0 && !(typeof memoryBudget === "number" && memoryBudget > 0)) throw new EsrganError("bad-input", `memoryBudget must be a positive number of bytes, got ${memoryBudget}`);
	return new Upscaler(device, await loadModel(options.model, options.load), {
		...options,
		choice: choosePrecision(precision, capabilitiesOf(device))
	});
}
const MOST_BUDGET = 2 ** 30;
/** Less overlap than this is not worth a picture. */
const LEAST_OVERLAP = 8;
/** A strip has no more pixels than this, if it is more than a row: what is done with it takes milliseconds. */
const PIECE_PIXELS = 2 ** 20;
/** How much of the budget resizing may take. */
const RESIZE_SHARE = 1 / 8;
/** One model on one device. Made by createUpscaler; destroy it when done. Calls queue up. */
var Upscaler = class {
	model;
	scale;
	precision;
	/** Bytes that everything on the GPU may take together. */
	memoryBudget;
	#device;
	#model;
	#choice;
	#capabilities;
	#fused;
	/** For the storage chosen. */
	#planner;
	#state;
	#chooseConv;
	#queue = Promise.resolve();
	#destroyed = new AbortController();
	/** @internal Use createUpscaler. */
	constructor(device, model, options) {
		const { architecture, scale, blocks, graph } = model.network;
		this.model = {
			name: model.name,
			architecture,
			scale,
			blocks
		};
		this.scale = scale;
		this.precision = options.choice.precision;
		this.#device = device;
		this.#model = model;
		this.#choice = options.choice;
		this.#capabilities = capabilitiesOf(device);
		this.memoryBudget = options.memoryBudget ?? Math.min(this.#capabilities.maxBufferSize, MOST_BUDGET);
		this.#fused = fuse(graph);
		if (options.tuning) this.#chooseConv = tunedChooser(options.tuning, this.#capabilities, this.#choice.storage);
		this.#planner = this.#plannerFor(this.#choice.storage);
		this.#state = new NetworkState(device, this.#planner);
	}
	/** Why this precision: one sentence. plan().reason tells of the kernels too. */
	get reason() {
		return `${this.precision}: ${this.#choice.why}`;
	}
	/**
	* What upscaling a picture of `width` x `height` pixels will take. Touches no GPU.
	* @throws EsrganError "bad-input" for a size that is none, an option out of range or a memory budget too small for any tile,
	*   "unsupported-device" where the device's limits are too small for any
	*/
	plan(width, height, options = {}) {
		const { request, passes, plans, resize } = this.#planned(width, height, options);
		const { tiles } = passes.at(-1);
		const last = plans.at(-1).plan;
		const columns = tiles.columns.spans.length;
		const rows = tiles.rows.spans.length;
		const isWhole = passes.every((pass) => runsOf({
			tiles: pass.tiles,
			tta: false
		}) === 1) && !request.tileable;
		return {
			...resultSize({
				width,
				height
			}, request.scale),
			precision: this.precision,
			reason: `${this.reason}; kernels: ${last.reason}`,
			passes: passes.length,
			tiles: passes.reduce((sum, pass) => sum + runsOf({
				tiles: pass.tiles,
				tta: false
			}), 0),
			tile: {
				width: tiles.columns.size,
				height: tiles.rows.size,
				columns,
				rows,
				overlap: tiles.overlap,
				windows: last.windows
			},
			seamLevels: isWhole ? 0 : seamLevels(this.#model.network, tiles.overlap),
			dispatches: last.dispatches.length,
			pipelines: last.pipelines.length,
			peakBytes: Math.max(...plans.map(({ peakBytes }) => peakBytes)) + (resize?.peakBytes ?? 0),
			weightBytes: last.weightBytes,
			flops: plans.reduce((sum, { plan, runs }) => sum + plan.flops * runs, 0),
			buffers: last.buffers.map(({ label, byteLength }) => ({
				label,
				byteLength
			})),
			steps: last.dispatches.map(({ node, op, variant, workgroups, flops, bytes }) => ({
				node,
				op,
				variant,
				workgroups,
				flops,
				bytes
			}))
		};
	}
	/**
	* Compiles, allocates and uploads what a picture of this size needs, so that the next call of that size starts at once.
	* @throws EsrganError as plan, or "out-of-memory", "device-lost"
	*/
	prepare(width, height, options = {}) {
		return this.#enqueue(async () => {
			const { request, passes } = this.#planned(width, height, options);
			const { picture, tiles, outBits } = passes[0];
			await this.#guarded(() => this.#state.prepare(tileForm({
				source: picture,
				tiles,
				outBits,
				tta: request.tta
			})));
		});
	}
	upscale(source, options = {}) {
		return this.#enqueue(async () => {
			const pixels = pixelsOf(source);
			const kind = outputKind(source, options.output);
			const size = resultSize(pixels, requestOf(options, this.#model.network).scale);
			let whole;
			for await (const { y, pixels: rows } of this.#strips(pixels, options)) if (rows.height === size.height) whole = rows;
			else {
				whole ??= emptyPixels({
					...pixels,
					...size
				});
				whole.data.set(rows.data, y * size.width * pixels.channels);
			}
			return toOutput(whole, kind);
		}, options.signal);
	}
	/**
	* Upscales a picture and gives the result in strips from the top, so that it need never be in memory as a whole. Calls after
	* this one wait until all strips were taken or the iteration was left.
	* @throws as upscale
	*/
	async *strips(source, options = {}) {
		let leave = () => {};
		const left = new Promise((resolve) => {
			leave = resolve;
		});
		await new Promise((resolve, reject) => {
			this.#enqueue(() => {
				resolve();
				return left;
			}, options.signal).catch(reject);
		});
		try {
			yield* this.#strips(pixelsOf(source), options);
		} finally {
			leave();
		}
	}
	/**
	* Measures which kernels are fastest on this device for this model, about half a second of GPU time beside compiling, and
	* uses them from now on. The table may be kept as JSON and given to createUpscaler as `tuning`. Software adapters are not
	* measured: they take the built-in choices.
	* @throws signal.reason if aborted; EsrganError "out-of-memory", "device-lost"
	*/
	tune(options = {}) {
		return this.#enqueue(async () => {
			const table = await tune(this.#device, this.#fused, this.#capabilities, this.#choice.storage, options);
			this.#destroyed.signal.throwIfAborted();
			this.#chooseConv = tunedChooser(table, this.#capabilities, this.#choice.storage);
			this.#planner = this.#plannerFor(this.#choice.storage);
			this.#reset();
			return table;
		}, options.signal);
	}
	/** Frees all it made on the device; running and queued calls fail. The device is left alone. */
	destroy() {
		if (this.#destroyed.signal.aborted) return;
		this.#destroyed.abort(new EsrganError("bad-input", "The Upscaler was destroyed"));
		this.#state.destroy();
	}
	[Symbol.dispose]() {
		this.destroy();
	}
	#plannerFor(storage) {
		return new NetworkPlanner({
			capabilities: this.#capabilities,
			fused: this.#fused,
			multiple: this.#model.network.multiple,
			storage,
			chooseConv: storage === this.#choice.storage ? this.#chooseConv : void 0
		});
	}
	/** Runs `job` after those before it, whatever became of them; aborted while it waits, it fails at once. */
	#enqueue(job, signal) {
		return new Promise((resolve, reject) => {
			const aborted = () => reject(signal?.reason);
			if (signal?.aborted) {
				aborted();
				return;
			}
			signal?.addEventListener("abort", aborted, { once: true });
			this.#queue = this.#queue.then(() => {
				signal?.removeEventListener("abort", aborted);
				this.#destroyed.signal.throwIfAborted();
				signal?.throwIfAborted();
				return job();
			}).then(resolve, reject);
		});
	}
	/** What fails because the Upscaler was destroyed says so; whatever fails leaves nothing on the device. */
	async #guarded(work) {
		try {
			const result = await work();
			this.#destroyed.signal.throwIfAborted();
			return result;
		} catch (error) {
			this.#reset();
			this.#destroyed.signal.throwIfAborted();
			throw error;
		}
	}
	/** Frees what is on the device; what comes next is planned by `planner`. */
	#reset(planner = this.#planner) {
		this.#state.destroy();
		if (!this.#destroyed.signal.aborted) this.#state = new NetworkState(this.#device, planner);
	}
	/** Colour, then alpha beside it, strip by strip. */
	async *#strips(pixels, options) {
		const { signal } = options;
		const { channels, bits } = pixels;
		const checkpoint = () => {
			this.#destroyed.signal.throwIfAborted();
			signal?.throwIfAborted();
		};
		const { request, plans } = this.#planned(pixels.width, pixels.height, {
			...options,
			bits,
			channels
		});
		const size = resultSize(pixels, request.scale);
		const alpha = request.alpha === "ignore" ? void 0 : alphaOf(pixels);
		const alphaByNetwork = alpha !== void 0 && request.alpha === "network";
		const total = plans.reduce((sum, { plan, runs }) => sum + plan.flops * runs, 0);
		const piece = Math.max(1, Math.floor(PIECE_PIXELS / size.width));
		const turns = new Turns();
		let isWhole = false;
		try {
			const meter = new ProgressMeter(alphaByNetwork ? total * 2 : total, options.onProgress);
			const run = {
				request,
				meter,
				checkpoint,
				onNote: options.onNote,
				bits
			};
			const large = alpha && (alphaByNetwork ? await this.#grayByNetwork(alpha, run) : alpha);
			const alphaRows = large && new ResizedGray(large, size.width, size.height, request.tileable);
			const source = alpha ? await filledUnderTransparency(pixels) : pixels;
			checkpoint();
			for await (const { y, rows, data } of this.#colour(source, run)) for (let from = 0; from < rows; from += piece) {
				const to = Math.min(from + piece, rows);
				const shape = {
					width: size.width,
					height: to - from,
					channels,
					bits
				};
				const strip = unpackRgba(rows <= piece ? data : data.slice(from * size.width * 4, to * size.width * 4), shape, alphaRows?.rows(y + from, y + to));
				if (y + to === size.height) meter.end();
				yield {
					y: y + from,
					pixels: strip
				};
				if (turns.isOver()) await turns.next();
				checkpoint();
			}
			isWhole = true;
		} catch (error) {
			this.#destroyed.signal.throwIfAborted();
			throw error;
		} finally {
			if (!isWhole || this.#state.planner !== this.#planner) this.#reset();
		}
	}
	/** The result as RGBA strips, of the size asked for. */
	async *#colour(source, run) {
		const { request, bits, checkpoint } = run;
		let picture = source;
		for (let pass = 1; pass < request.passes; pass++) picture = await gathered(this.#pass(picture, 16, run), picture, this.scale, 16);
		if (!request.resizes) {
			yield* this.#pass(picture, bits, run);
			return;
		}
		const extent = {
			width: picture.width * this.scale,
			height: picture.height * this.scale
		};
		const strips = this.#pass(picture, 16, run);
		const plan = this.#resizePlan(extent, source, request, bits);
		try {
			let large = new StripSource(strips, extent.width, extent.height, 16);
			if (request.tileable) {
				const whole = await gathered(strips, picture, this.scale, 16);
				large = {
					...extent,
					window: async (columns, rows) => packWindow(whole, columns, rows)
				};
			}
			yield* resizedStrips(this.#device, plan, large, {
				wraps: request.tileable,
				bits,
				checkpoint
			});
		} finally {
			await strips.return();
		}
	}
	/** A gray picture by the network, in its own size. */
	async #grayByNetwork(gray, run) {
		let picture = gray;
		for (let pass = 1; pass <= run.request.passes; pass++) picture = await gathered(this.#pass(picture, run.bits, run), picture, this.scale, run.bits);
		return picture;
	}
	/**
	* One run of the network over `source`. Where the device has too little memory it goes on with half as much, and where f16
	* overflows in f32, from the first row that was not given yet.
	*/
	async *#pass(source, outBits, run) {
		const { request, meter, checkpoint } = run;
		const last = source.height * this.scale;
		let budget = this.#tileBudget(request);
		let firstRow = 0;
		let memoryError;
		for (;;) {
			let tiles;
			try {
				tiles = this.#chooseTiles(this.#state.planner, source, outBits, request, budget);
			} catch (error) {
				throw memoryError ?? error;
			}
			const settings = {
				source,
				scale: this.scale,
				outBits,
				tiles,
				wraps: request.tileable,
				tta: request.tta
			};
			const { flops, peakBytes, weightBytes } = this.#state.planner.planTile(tileForm(settings));
			const events = {
				checkpoint,
				advance: (runs) => meter.advance(runs * flops)
			};
			try {
				for await (const strip of networkStrips(this.#state, settings, events, firstRow)) {
					firstRow = strip.y + strip.rows;
					yield strip;
				}
				return;
			} catch (error) {
				checkpoint();
				if (this.#secondTry(error, run) === "smaller") {
					memoryError = error;
					budget = weightBytes + Math.floor((peakBytes - weightBytes) / 2);
				}
				meter.remains(runsOf(settings) * flops * (1 - firstRow / last));
			}
		}
	}
	/** Makes ready to go on after `error`, in smaller tiles or in f32; throws it where there is nothing left to try. */
	#secondTry(error, { onNote }) {
		if (error instanceof NotFinite) {
			if (this.#state.planner.storage === "f32") throw new EsrganError("bad-weights", `The model ${this.model.name} gives values that are no finite numbers for this picture, even in f32`);
			this.#reset(this.#plannerFor("f32"));
			onNote?.(`f16 overflowed with the model ${this.model.name}, so it was redone in f32`);
			return "f32";
		}
		if (!(error instanceof EsrganError && error.code === "out-of-memory")) throw error;
		this.#reset(this.#state.planner);
		onNote?.("The device had too little memory, so the tiles were made smaller");
		return "smaller";
	}
	/** What is left for weights and tiles once resizing has its share. */
	#tileBudget({ resizes }) {
		return resizes ? this.memoryBudget * .875 : this.memoryBudget;
	}
	/** With the overlap asked for; the default gives way where the budget is too small for it. */
	#chooseTiles(planner, picture, outBits, request, budget) {
		const { width, height, bits } = picture;
		const { tileSize: size, tileable: wraps, tta: turned } = request;
		const form = {
			width,
			height,
			bits,
			outBits: turned ? 16 : outBits,
			size,
			wraps,
			turned,
			budget
		};
		let tooSmall;
		for (let overlap = request.overlap;; overlap = Math.floor(overlap / 2)) try {
			return planner.chooseTiles({
				...form,
				overlap
			});
		} catch (error) {
			tooSmall ??= error;
			if (size !== void 0 || overlap < LEAST_OVERLAP) throw tooSmall;
		}
	}
	#resizePlan(from, source, { scale, tileable }, bits) {
		return planResize({
			from: {
				...from,
				bits: 16
			},
			to: {
				...resultSize(source, scale),
				bits
			},
			wraps: tileable,
			budget: this.memoryBudget * RESIZE_SHARE
		});
	}
	/** Every pass over a picture of this size, and what they take. */
	#planned(width, height, options) {
		const { bits = 8, channels = 3 } = options;
		requirePicture(width, height, bits, channels);
		const request = requestOf(options, this.#model.network);
		const planner = this.#planner;
		const budget = this.#tileBudget(request);
		const passes = [];
		let picture = {
			width,
			height,
			bits,
			channels
		};
		for (let pass = 1; pass <= request.passes; pass++) {
			const outBits = pass < request.passes || request.resizes ? 16 : bits;
			passes.push({
				picture,
				outBits,
				tiles: this.#chooseTiles(planner, picture, outBits, request, budget)
			});
			picture = {
				...picture,
				width: picture.width * this.scale,
				height: picture.height * this.scale,
				bits: 16
			};
		}
		const resize = request.resizes ? this.#resizePlan(picture, {
			width,
			height
		}, request, bits) : void 0;
		return {
			request,
			passes,
			plans: passes.map(({ picture: source, tiles, outBits }) => {
				const each = (request.tta ? ORIENTATIONS : [UPRIGHT]).map((orientation) => planner.planTile(tileForm({
					source,
					tiles,
					outBits,
					tta: request.tta
				}, orientation)));
				const runs = runsOf({
					tiles,
					tta: request.tta
				});
				return {
					plan: each[0],
					runs,
					peakBytes: Math.max(...each.map(({ peakBytes }) => peakBytes))
				};
			}),
			resize
		};
	}
};
/** The strips of a pass over `source` as one picture. */
async function gathered(strips, source, scale, bits) {
	const shape = {
		width: source.width * scale,
		height: source.height * scale,
		channels: source.channels,
		bits
	};
	const whole = emptyPixels(shape);
	for await (const { y, rows, data } of strips) {
		const strip = unpackRgba(data, {
			...shape,
			height: rows
		}, void 0);
		whole.data.set(strip.data, y * shape.width * shape.channels);
	}
	return whole;
}
/** @throws EsrganError "out-of-memory" where there is no array so large */
function emptyPixels(shape) {
	const { width, height, channels, bits } = shape;
	const length = width * height * channels;
	try {
		return {
			...shape,
			data: bits === 16 ? new Uint16Array(length) : new Uint8Array(length)
		};
	} catch (cause) {
		throw new EsrganError("out-of-memory", `There is no memory for a result of ${width}x${height} pixels (${length * (bits / 8)} bytes) in one piece; strips() gives it in parts`, { cause });
	}
}
/** @throws EsrganError "bad-input" */
function requirePicture(width, height, bits, channels) {
	if (!isPixelCount(width) || !isPixelCount(height)) throw new EsrganError("bad-input", `A picture's width and height must be positive integers, got ${width}x${height}`);
	if (bits !== 8 && bits !== 16) throw new EsrganError("bad-input", `A picture has 8 or 16 bits a channel, got ${bits}`);
	if (![
		1,
		2,
		3,
		4
	].includes(channels)) throw new EsrganError("bad-input", `A picture has 1 to 4 channels, got ${channels}`);
}
function isPixelCount(value) {
	return Number.isSafeInteger(value) && value > 0;
}
// .cache/dist-26594/node/dawn-polling.js
const POLL_MS = 1;
let users = 0;
let restore = () => {};
/** Makes Dawn look once a millisecond until as many calls of what is returned; other callers of setImmediate notice nothing. */
function slowDownPolling() {
	if (users++ === 0) restore = replaceSetImmediate();
	let isDone = false;
	return () => {
		if (isDone) return;
		isDone = true;
		if (--users === 0) restore();
	};
}
function replaceSetImmediate() {
	const original = globalThis.setImmediate;
	const slower = (callback, ...args) => isOfAddon(callback) ? setTimeout(callback, POLL_MS, ...args) : original(callback, ...args);
	const replacement = Object.defineProperties(slower, Object.getOwnPropertyDescriptors(original));
	globalThis.setImmediate = replacement;
	return () => {
		if (globalThis.setImmediate === replacement) globalThis.setImmediate = original;
	};
}
/** Whether a function is native code without a name. Bound functions are so too, but cannot be constructed. */
function isOfAddon(callback) {
	return typeof callback === "function" && callback.name === "" && Object.hasOwn(callback, "prototype") && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(callback));
}
// .cache/dist-26594/node/adapters.js
const keptAlive = /* @__PURE__ */ new Set();
let probed;
let opening = Promise.resolve();
/**
* Every adapter that works on this machine, the preferred one first: real GPUs, then Mesa's lavapipe, then SwiftShader, which
* took three times as long for the default model and lacks f16.
* @throws EsrganError "unsupported-device" if the package webgpu is not installed
*/
function listAdapters() {
	probed ??= findAdapters();
	return probed;
}
async function findAdapters() {
	const adapters = await tryDrivers().catch(unsupported);
	return [...new Map([...adapters].reverse().map((info) => [`${info.name}\n${info.description}`, info])).values()].reverse().sort((a, b) => rank(a) - rank(b));
}
function unsupported(cause) {
	throw new EsrganError("unsupported-device", cause.message, { cause });
}
function rank(info) {
	return !info.software ? 0 : /llvmpipe/i.test(info.name) ? 1 : 2;
}
/** Whether a person who writes `wish` means this adapter. */
function isNamed(info, wish) {
	const names = [
		info.name,
		info.description,
		info.vendor,
		info.architecture
	];
	if (/llvmpipe/i.test(info.name)) names.push("lavapipe");
	return names.some((name) => name.toLowerCase().includes(wish.trim().toLowerCase()));
}
/**
* Opens a device on the preferred adapter, or on the one that is named, with the features and limits that the library can use.
* @throws EsrganError "unsupported-device" if there is no such adapter
*/
async function openDevice(options = {}) {
	const [all, dawn] = await Promise.all([listAdapters(), loadDawn()]);
	const info = all.filter((info) => (options.features ?? []).every((feature) => info.features.includes(feature))).find((each) => options.adapter === void 0 || isNamed(each, options.adapter));
	if (!info) throw noAdapter(all, options);
	const turn = opening.then(() => withDriver(info.driverFile, () => open$1(dawn, info, options)));
	opening = turn.catch(() => {});
	return turn;
}
async function open$1(dawn, info, { features = [], dawnOptions = [] }) {
	const backend = info.driverFile === void 0 ? [] : ["backend=vulkan"];
	const gpu = dawn.create([
		...backend,
		`adapter=${info.name}`,
		...dawnOptions
	]);
	const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
	if (!adapter) throw new EsrganError("unsupported-device", `The adapter ${info.name} was found but can no longer be opened`);
	const { requiredFeatures, requiredLimits } = deviceRequirements(adapter);
	const device = await adapter.requestDevice({
		requiredFeatures: [.../* @__PURE__ */ new Set([...requiredFeatures, ...features])],
		requiredLimits
	});
	const kept = [
		gpu,
		adapter,
		device
	];
	keptAlive.add(kept);
	const stopSlowPolling = info.software ? slowDownPolling() : () => {};
	const destroy = () => {
		device.destroy();
		keptAlive.delete(kept);
		stopSlowPolling();
	};
	return {
		device,
		adapter,
		name: info.name,
		info,
		destroy
	};
}
function noAdapter(all, options) {
	const wishes = [...options.adapter === void 0 ? [] : [`named "${options.adapter}"`], ...options.features?.length ? [`with ${options.features.join(" and ")}`] : []].join(" ");
	return new EsrganError("unsupported-device", all.length ? `No WebGPU adapter ${wishes} was found, only ${all.map((info) => info.name).join(", ")}` : process.platform === "linux" ? "No WebGPU adapter was found: install a Vulkan driver (on Debian mesa-vulkan-drivers 25 or later), or the npm package @sparticuz/chromium, which carries one that needs no GPU (x64 only)" : "No WebGPU adapter was found on this machine");
}
/** Dawn, with the constants of WebGPU (GPUBufferUsage, ...) put where browsers have them. */
async function loadDawn() {
	let url;
	try {
		url = webgpuUrl();
		if (process.platform === "linux") loadVulkan(findSwiftShader()?.loader);
	} catch (cause) {
		unsupported(cause);
	}
	let dawn;
	try {
		dawn = await import(url);
	} catch (cause) {
		throw new EsrganError("unsupported-device", `The npm package webgpu does not load on this ${process.platform} ${process.arch} machine`, { cause });
	}
	for (const [name, value] of Object.entries(dawn.globals)) if (!(name in globalThis)) Object.defineProperty(globalThis, name, {
		value,
		configurable: true,
		writable: true
	});
	return dawn;
}
// .cache/dist-26594/node/cli-arguments.js
/** A command line that makes no sense; the message is one sentence. */
var UsageError = class extends Error {
	name = "UsageError";
};
String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
// .cache/dist-26594/node/cpu-worker-client.js
/** @throws EsrganError "internal" where the worker ends without a picture, such as out of memory */
function upscaleInWorker(models, source, onProgress) {
	const workerData = {
		models,
		source
	};
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL("./cpu-worker.js", import.meta.url), { workerData });
		worker.on("message", (answer) => {
			if (answer.kind === "progress") onProgress(answer.progress);
			else resolve(answer.pixels);
		});
		worker.on("error", (error) => {
			reject(new EsrganError("internal", `The CPU worker failed: ${error.message}`, { cause: error }));
		});
		worker.on("exit", (code) => {
			reject(new EsrganError("internal", `The CPU worker ended with ${code} before the picture was done`));
		});
	});
}
// .cache/dist-26594/node/engine.js
/**
* An engine for `model`, which is what options.models name.
* @throws EsrganError "bad-input" for options that the backend cannot honour, "unsupported-device"
*/
async function openEngine(model, options) {
	return options.backend === "cpu" ? cpuEngine(model, options) : gpuEngine(model, options);
}
async function gpuEngine(model, options) {
	const { adapter, precision, memoryBudget, scale, tile, alpha, tta, tileable } = options;
	const opened = await openDevice(adapter === void 0 ? {} : { adapter });
	const upscaler = await createUpscaler(opened.device, {
		model,
		precision,
		memoryBudget
	});
	const asked = {
		scale,
		tile,
		alpha,
		tta,
		tileable
	};
	return {
		model: upscaler.model.name,
		adapter: opened.name,
		precision: upscaler.precision,
		plan: ({ width, height, bits, channels }) => upscaler.plan(width, height, {
			...asked,
			bits,
			channels
		}),
		strips: (source, events) => upscaler.strips(source, {
			...asked,
			...events
		}),
		destroy() {
			upscaler.destroy();
			opened.destroy();
		}
	};
}
function cpuEngine(model, options) {
	requireForCpu(model, options);
	const { scale } = model.network;
	return {
		model: model.name,
		adapter: "cpu",
		precision: "f32",
		plan: ({ width, height }) => ({
			width: width * scale,
			height: height * scale,
			tiles: 1,
			reason: "f32: the backend cpu is the reference",
			dispatches: 0,
			pipelines: 0,
			peakBytes: 0,
			weightBytes: 0
		}),
		async *strips(source, { onProgress }) {
			const asked = options.alpha === "ignore" ? opaque(source) : source;
			yield {
				y: 0,
				pixels: await upscaleInWorker(options.models, asked, onProgress)
			};
		},
		destroy() {}
	};
}
function requireForCpu({ network }, options) {
	const { adapter, precision, scale = network.scale, tile = "auto", memoryBudget, alpha, tta, tileable } = options;
	const what = [
		[adapter !== void 0, `the adapter ${adapter}`],
		[precision === "f16", "f16"],
		[scale !== network.scale, `a scale of ${scale} with a model that enlarges ${network.scale} times`],
		[tile !== "auto", "tiles"],
		[memoryBudget !== void 0, "a memory budget"],
		[alpha === "network", "the network for alpha"],
		[tta, "tta"],
		[tileable, "tileable"]
	].find(([isAsked]) => isAsked)?.[1];
	if (what === void 0) return;
	throw new EsrganError("bad-input", `The backend cpu computes a picture as it is, in f32, and cannot use ${what}`);
}
/** The picture with alpha, where there is any, at its most. */
function opaque(source) {
	const { channels, bits } = source;
	if (channels % 2 === 1) return source;
	const data = source.data.slice();
	for (let i = channels - 1; i < data.length; i += channels) data[i] = 2 ** bits - 1;
	return {
		...source,
		data
	};
}
// .cache/dist-26594/node/find-model.js
/** The one model, or the mixture of several. @throws EsrganError "unsupported-model", "bad-weights" or "bad-input" */
async function findModel(models) {
	const loaded = await Promise.all(models.map(({ name }) => findOne(name)));
	if (models.length === 1) return loaded[0];
	return interpolateModels(models.map(({ weight }, index) => ({
		model: loaded[index],
		weight
	})));
}
/** What the models are called where nobody needs to know in which folder they lie. */
function modelTitle(models) {
	const [first] = models;
	if (models.length === 1) return basename(first.name);
	return models.map(({ name, weight }) => `${basename(name)}:${weight}`).join("+");
}
async function findOne(nameOrFile) {
	if (Object.hasOwn(BUNDLED_MODELS, nameOrFile)) return loadModel(nameOrFile);
	let bytes;
	try {
		bytes = await readFile(nameOrFile);
	} catch (cause) {
		const isMissing = cause.code === "ENOENT";
		const names = Object.keys(BUNDLED_MODELS).join(", ");
		throw new EsrganError("unsupported-model", isMissing ? `There is no model named ${nameOrFile} (there are ${names}), nor a file of that name` : `The model file ${nameOrFile} cannot be read (${cause.code})`, { cause });
	}
	if (isCheckpoint(bytes)) throw new EsrganError("unsupported-model", `The model file ${nameOrFile} is a PyTorch checkpoint, which this package's tools/convert-weights.py converts: python3 tools/convert-weights.py ${nameOrFile} -o model.safetensors`);
	try {
		return await loadModel(bytes, { name: nameOrFile });
	} catch (error) {
		if (!(error instanceof EsrganError)) throw error;
		throw new EsrganError(error.code, `The model file ${nameOrFile} cannot be used: ${error.message}`, { cause: error });
	}
}
/** Whether the file starts as a zip archive or a pickle does; a .safetensors file starts with its header's length, a small number. */
function isCheckpoint(bytes) {
	const [first, second] = bytes;
	return first === 80 && second === 75 || first === 128 && second !== void 0 && second >= 2 && second <= 5 && bytes[7] !== 0;
}
// .cache/dist-26594/node/file-status.js
/** What there is of this name; undefined where that cannot be seen either. */
function statusOf(path) {
	try {
		return statSync(path, { throwIfNoEntry: false });
	} catch {
		return;
	}
}
const REASONS = {
	ENOENT: "there is no such file",
	ENOTDIR: "there is no such file",
	EACCES: "permission is denied",
	EPERM: "permission is denied",
	EROFS: "the disk is read-only",
	ENOSPC: "the disk is full",
	EDQUOT: "the disk quota is used up",
	EISDIR: "it is a folder"
};
/** Why the system refused something about a file. */
function fileReason(error) {
	const code = error.code ?? "";
	return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
// .cache/dist-26594/node/picture-metadata.js
/** The same file with the metadata in it; the pixel data is not touched. */
function embedMetadata(file, format, { iccProfile, software }) {
	const embed = {
		jpeg: intoJpeg,
		webp: intoWebp
	}[format];
	return embed(file, iccProfile && Buffer.from(iccProfile), software ? exif(software) : void 0);
}
const SOFTWARE_TAG = 305;
const ASCII = 2;
/** A TIFF header and one directory with one entry. */
function exif(software) {
	const text = Buffer.from(`${software.replaceAll("\0", "")}\0`.padEnd(5, "\0"));
	const header = Buffer.alloc(26);
	header.write("II*\0", "latin1");
	header.writeUInt32LE(8, 4);
	header.writeUInt16LE(1, 8);
	header.writeUInt16LE(SOFTWARE_TAG, 10);
	header.writeUInt16LE(ASCII, 12);
	header.writeUInt32LE(text.length, 14);
	header.writeUInt32LE(header.length, 18);
	return Buffer.concat([header, text]);
}
const JPEG_PART = 65519;
function intoJpeg(file, profile, exif) {
	const at = file.readUInt16BE(2) === 65504 ? 4 + file.readUInt16BE(4) : 2;
	const segments = exif ? [jpegSegment(225, Buffer.from("Exif\0\0", "latin1"), exif)] : [];
	const count = Math.ceil((profile?.length ?? 0) / JPEG_PART);
	for (let index = 0; index < count; index++) {
		const label = Buffer.concat([Buffer.from("ICC_PROFILE\0", "latin1"), Buffer.from([index + 1, count])]);
		segments.push(jpegSegment(226, label, profile.subarray(index * JPEG_PART, (index + 1) * JPEG_PART)));
	}
	return Buffer.concat([
		file.subarray(0, at),
		...segments,
		file.subarray(at)
	]);
}
function jpegSegment(marker, label, content) {
	const length = 2 + label.length + content.length;
	return Buffer.concat([
		Buffer.from([
			255,
			marker,
			length >> 8,
			length & 255
		]),
		label,
		content
	]);
}
const WEBP_HAS_PROFILE = 32;
const WEBP_HAS_ALPHA = 16;
const WEBP_HAS_EXIF = 8;
function intoWebp(file, profile, exif) {
	if (!profile && !exif) return file;
	const first = file.subarray(12);
	const isExtended = first.toString("latin1", 0, 4) === "VP8X";
	const header = isExtended ? Buffer.from(first.subarray(0, 18)) : extendedWebpHeader(first);
	header[8] |= (profile ? WEBP_HAS_PROFILE : 0) | (exif ? WEBP_HAS_EXIF : 0);
	const picture = isExtended ? first.subarray(18) : first;
	const before = profile ? [webpChunk("ICCP", profile)] : [];
	const after = exif ? [webpChunk("EXIF", exif)] : [];
	const whole = Buffer.concat([
		file.subarray(0, 12),
		header,
		...before,
		picture,
		...after
	]);
	whole.writeUInt32LE(whole.length - 8, 4);
	return whole;
}
function webpChunk(name, content) {
	const chunk = Buffer.concat([
		Buffer.from(`${name}    `),
		content,
		Buffer.alloc(content.length % 2)
	]);
	chunk.writeUInt32LE(content.length, 4);
	return chunk;
}
/** The VP8X chunk for a file that has only a picture chunk, lossy (VP8) or lossless (VP8L). */
function extendedWebpHeader(picture) {
	const isLossless = picture.toString("latin1", 0, 4) === "VP8L";
	const bits = picture.readUInt32LE(isLossless ? 9 : 14);
	const width = isLossless ? (bits & 16383) + 1 : bits & 16383;
	const height = isLossless ? (bits >>> 14 & 16383) + 1 : bits >>> 16 & 16383;
	const header = Buffer.alloc(18);
	header.write("VP8X", "latin1");
	header.writeUInt32LE(10, 4);
	header[8] = isLossless && bits >>> 28 & 1 ? WEBP_HAS_ALPHA : 0;
	header.writeUIntLE(width - 1, 12, 3);
	header.writeUIntLE(height - 1, 15, 3);
	return header;
}
// .cache/dist-26594/node/strips.js
/**
* The strips' pixels, one after another.
* @throws EsrganError "internal" where a strip does not follow the one before it, differs from it in kind or overhangs, or rows are missing
*/
async function* requireWhole(strips, { width, height }) {
	let first;
	let rows = 0;
	for await (const { y, pixels } of strips) {
		first ??= pixels;
		const { channels, bits } = pixels;
		const isSameKind = channels === first.channels && bits === first.bits;
		const isFilled = pixels.data.length === pixels.width * pixels.height * channels;
		if (!isSameKind || !isFilled || pixels.width !== width || y !== rows || y + pixels.height > height) throw new EsrganError("internal", `${`A strip of ${pixels.width}x${pixels.height} pixels of ${channels} channels and ${bits} bits at row ${y}`} does not follow the first ${rows} rows of ${width}x${height} pixels`);
		yield pixels;
		rows += pixels.height;
	}
	if (rows !== height) throw new EsrganError("internal", `The picture of ${width}x${height} pixels ended after ${rows} rows`);
}
// .cache/dist-26594/node/png-writer.js
const SIGNATURE = Buffer.from("PNG\r\n\n", "latin1");
const COLOUR_TYPES = {
	1: 0,
	2: 4,
	3: 2,
	4: 6
};
const COMPRESSION = {
	level: 5,
	strategy: constants.Z_FILTERED
};
const IDAT_BYTES = 2 ** 16;
const BATCH_BYTES = 2 ** 16;
/**
* Writes the strips, which follow one another from the top, as one PNG: gray or RGB, with alpha or without, of 8 or 16 bits. Holds a strip
* and a few hundred kilobytes; takes the next strip once zlib and `write` have caught up.
* @throws EsrganError "internal" if the strips do not make up the picture; what `strips` and `write` throw
*/
async function writePng(strips, options, write) {
	const deflate = createDeflate({
		...COMPRESSION,
		chunkSize: IDAT_BYTES
	});
	const written = (async () => {
		for await (const piece of deflate) await write(chunk("IDAT", piece));
	})();
	written.catch(() => {});
	let filter;
	let drained = Promise.resolve();
	try {
		for await (const pixels of requireWhole(strips, options)) {
			if (!filter) {
				await write(beforeRows(pixels, options));
				filter = new RowFilter(pixels);
			}
			for (const batch of filter.batches(pixels.data)) {
				await drained;
				drained = deflate.write(batch) ? Promise.resolve() : Promise.race([once(deflate, "drain"), written]);
				drained.catch(() => {});
			}
		}
		await drained;
		deflate.end();
		await written;
		await write(chunk("IEND", Buffer.alloc(0)));
	} finally {
		deflate.destroy();
		await written.catch(() => {});
	}
}
/** Everything before the rows. */
function beforeRows({ channels, bits }, { width, height, iccProfile, software }) {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header[8] = bits;
	header[9] = COLOUR_TYPES[channels];
	const parts = [SIGNATURE, chunk("IHDR", header)];
	if (iccProfile) {
		const named = Buffer.from("ICC profile\0\0", "latin1");
		parts.push(chunk("iCCP", Buffer.concat([named, deflateSync(iccProfile)])));
	}
	if (software) parts.push(textChunk("Software", software.replaceAll("\0", "")));
	return Buffer.concat(parts);
}
/** As tEXt where it is ASCII, which some take for Latin-1 and some for UTF-8 beyond that. */
function textChunk(keyword, text) {
	if (/^[\x20-\x7e]*$/.test(text)) return chunk("tEXt", Buffer.from(`${keyword}\0${text}`));
	return chunk("iTXt", Buffer.from(`${keyword}\0\0\0\0\0${text}`));
}
function chunk(type, data) {
	const out = Buffer.allocUnsafe(data.length + 12);
	out.writeUInt32BE(data.length, 0);
	out.write(type, 4, "latin1");
	out.set(data, 8);
	out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8);
	return out;
}
/** Turns rows of samples into rows of filtered bytes. Owns the last row, which the next one is compared with. */
var RowFilter = class {
	above;
	row;
	samples;
	bits;
	pixelBytes;
	constructor({ width, channels, bits }) {
		this.samples = width * channels;
		this.bits = bits;
		this.pixelBytes = channels * bits / 8;
		this.above = new Uint8Array((1 + width) * this.pixelBytes);
		this.row = new Uint8Array((1 + width) * this.pixelBytes);
	}
	/** The filtered bytes of whole rows, some rows at a time, each in memory of its own. */
	*batches(data) {
		const lineBytes = this.row.length - this.pixelBytes + 1;
		const rows = data.length / this.samples;
		const rowsABatch = Math.max(1, Math.floor(BATCH_BYTES / lineBytes));
		for (let y = 0; y < rows; y += rowsABatch) {
			const count = Math.min(rowsABatch, rows - y);
			const batch = Buffer.allocUnsafeSlow(count * lineBytes);
			for (let i = 0; i < count; i++) {
				this.load(data, (y + i) * this.samples);
				this.filter(batch.subarray(i * lineBytes, (i + 1) * lineBytes));
				[this.above, this.row] = [this.row, this.above];
			}
			yield batch;
		}
	}
	load(data, at) {
		const { row, samples, pixelBytes } = this;
		if (this.bits === 8) {
			row.set(data.subarray(at, at + samples), pixelBytes);
			return;
		}
		for (let i = 0, to = pixelBytes; i < samples; i++, to += 2) {
			const sample = data[at + i];
			row[to] = sample >> 8;
			row[to + 1] = sample;
		}
	}
	/** The row's filtered bytes behind the filter's number. The smallest sum of differences wins, as the format's authors advise. */
	filter(line) {
		const { row, above, pixelBytes } = this;
		let [none, sub, up, average, paeth] = [
			0,
			0,
			0,
			0,
			0
		];
		for (let i = pixelBytes; i < row.length; i++) {
			const x = row[i];
			const left = row[i - pixelBytes];
			const over = above[i];
			none += magnitude(x);
			sub += magnitude(x - left);
			up += magnitude(x - over);
			average += magnitude(x - (left + over >> 1));
			paeth += magnitude(x - predicted(left, over, above[i - pixelBytes]));
		}
		const sums = [
			none,
			sub,
			up,
			average,
			paeth
		];
		const best = sums.indexOf(Math.min(...sums));
		line[0] = best;
		for (let i = pixelBytes, to = 1; i < row.length; i++, to++) {
			const left = row[i - pixelBytes];
			const over = above[i];
			let guess = 0;
			if (best === 1) guess = left;
			else if (best === 2) guess = over;
			else if (best === 3) guess = left + over >> 1;
			else if (best === 4) guess = predicted(left, over, above[i - pixelBytes]);
			line[to] = row[i] - guess;
		}
	}
};
/** How far a difference modulo 256 is from zero. */
function magnitude(difference) {
	return Math.abs(difference << 24 >> 24);
}
/** Paeth's predictor: of the neighbours the one nearest to left + over - corner. */
function predicted(left, over, corner) {
	const toLeft = Math.abs(over - corner);
	const toOver = Math.abs(left - corner);
	const toCorner = Math.abs(left + over - 2 * corner);
	return toLeft <= toOver && toLeft <= toCorner ? left : toOver <= toCorner ? over : corner;
}
// .cache/dist-26594/node/whole-file.js
/**
* Has `fill` write a file, which appears, or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is
* written to at first, before that is made; however it ends, that one is gone then.
* @throws EsrganError "bad-input" if the file cannot be written; what `fill` throws itself
*/
async function writeWholeFile(path, fill, onTemporary) {
	const told = (work) => work.catch((error) => Promise.reject(unwritable(path, error)));
	const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
	await onTemporary?.(temporary);
	const file = await told(open(temporary, "wx"));
	try {
		try {
			await fill((bytes) => told(file.writeFile(bytes)));
			await told(file.sync());
		} finally {
			await told(file.close());
		}
		await told(rename(temporary, path));
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	}
}
/** An output that cannot be written, with why. */
function unwritable(path, error) {
	return new EsrganError("bad-input", `The output ${path} cannot be written: ${fileReason(error)}`, { cause: error });
}
// .cache/dist-26594/node/image-file.js
const MAX_FILE_BYTES = 2 ** 30;
const MAX_PIXELS = 2 ** 26;
const MAX_SIDE = {
	png: 2 ** 31 - 1,
	jpeg: 65535,
	webp: 16383
};
const FORMATS = {
	".png": "png",
	".jpg": "jpeg",
	".jpeg": "jpeg",
	".webp": "webp"
};
const LOSSY_QUALITY = 95;
/**
* Reads a PNG, JPEG or WebP file, turned the way up that its orientation says; of an animation the first frame.
* @throws EsrganError "bad-input" if there is no such file, or it is no such picture, cut off or too large
*/
async function readPicture(path) {
	const sharp = loadSharp();
	const bytes = await readBytes(path);
	try {
		return await decode(bytes, () => sharp(bytes, inputOptions(false)), sharp(bytes, inputOptions(true)));
	} catch (error) {
		throw unreadable(path, error);
	}
}
/** The size and kind of the picture in a file, as readPicture would give it, from the header alone. @throws EsrganError "bad-input" */
async function readPictureSize(path) {
	const sharp = loadSharp();
	const bytes = await readBytes(path);
	try {
		const metadata = await sharp(bytes, inputOptions(true)).metadata();
		requirePossible(bytes, metadata);
		const { width, height } = metadata.autoOrient;
		const { bits, isGray, isCmyk } = kindOf(metadata);
		const colours = isGray ? 1 : 3;
		return {
			width,
			height,
			bits,
			channels: metadata.hasAlpha && !isCmyk ? colours + 1 : colours
		};
	} catch (error) {
		throw unreadable(path, error);
	}
}
/** Whether a file of this name should be a picture that can be read. */
function hasPictureEnding(path) {
	return Object.hasOwn(FORMATS, extname(path).toLowerCase());
}
/** The format that a file name asks for. @throws EsrganError "bad-input" for other endings than .png, .jpg, .jpeg and .webp */
function pictureFormat(path) {
	if (hasPictureEnding(path)) return FORMATS[extname(path).toLowerCase()];
	throw new EsrganError("bad-input", `The output ${path} ends in neither .png, .jpg, .jpeg nor .webp`);
}
/** @throws EsrganError "bad-input" if a picture of this size does not fit into the format that the file name asks for */
function requireFits(path, width, height) {
	const format = pictureFormat(path);
	const most = MAX_SIDE[format];
	if (Math.min(width, height) >= 1 && Math.max(width, height) <= most) return;
	throw new EsrganError("bad-input", `The output ${path} would be ${width}x${height}, ${Math.min(width, height) < 1 ? "which is no picture" : `more than the ${most} a side that ${format} has`}`);
}
/**
* Writes a picture whose rows come in strips from the top, as writePicture does. The temporary file is made before the first strip is asked
* for. A PNG is written as the strips come and takes no more memory than one of them; JPEG and WebP take that of the whole picture.
* @throws EsrganError "bad-input" as writePicture, "internal" if the strips do not make up the picture; what `strips` throws
*/
async function writePictureStrips(path, strips, picture, onTemporary) {
	const format = pictureFormat(path);
	requireFits(path, picture.width, picture.height);
	await writeWholeFile(path, async (write) => {
		if (format === "png") await writePng(strips, picture, write);
		else await write(await encode(await join$1(path, strips, picture), format, picture));
	}, onTemporary);
}
function loadSharp() {
	try {
		return createRequire(import.meta.url)("sharp");
	} catch (cause) {
		throw new EsrganError("internal", "Reading and writing picture files needs the npm package sharp, which is not installed: npm install sharp", { cause });
	}
}
function inputOptions(ignoreIcc) {
	return {
		ignoreIcc,
		failOn: "truncated",
		limitInputPixels: MAX_PIXELS,
		autoOrient: true
	};
}
async function readBytes(path) {
	const fail = (why, cause) => {
		throw new EsrganError("bad-input", `The picture ${path} cannot be read: ${why}`, { cause });
	};
	const file = await open(path, "r").catch((error) => fail(fileReason(error), error));
	try {
		const status = await file.stat();
		if (status.isDirectory()) fail("it is a folder");
		if (status.size > MAX_FILE_BYTES) fail(`it has ${status.size} bytes, more than the ${MAX_FILE_BYTES} allowed`);
		const bytes = await readFile(file);
		if (!isPicture(bytes)) fail(bytes.length === 0 ? "it is empty" : "it is neither a PNG, a JPEG nor a WebP file");
		return bytes;
	} finally {
		await file.close();
	}
}
/** By the first bytes: sharp reads other formats too, which nobody asked for and which widen what a stranger's file can do. */
function isPicture(bytes) {
	const start = bytes.toString("latin1", 0, 12);
	return start.startsWith("PNG\r\n\n") || start.startsWith("ÿØÿ") || /^RIFF.{4}WEBP$/s.test(start);
}
async function decode(bytes, withIcc, image) {
	const metadata = await image.metadata();
	requirePossible(bytes, metadata);
	const { bits, isGray, isCmyk } = kindOf(metadata);
	const isGrayAlpha = isGray && metadata.hasAlpha && bits === 8;
	const colourSpace = bits === 16 ? isGray ? "grey16" : "rgb16" : isGray && !isGrayAlpha ? "b-w" : "srgb";
	const { data, info } = await (isCmyk ? withIcc() : image).toColourspace(colourSpace).raw({ depth: bits === 16 ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
	const values = bits === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data.buffer, data.byteOffset, data.length);
	const { width, height } = info;
	const pixels = isGrayAlpha ? {
		data: everyOther(values),
		width,
		height,
		channels: 2,
		bits
	} : {
		data: values,
		width,
		height,
		channels: info.channels,
		bits
	};
	const { icc } = metadata;
	return icc && !isCmyk ? {
		pixels,
		iccProfile: icc
	} : { pixels };
}
function kindOf({ depth, space, channels }) {
	return {
		bits: depth === "ushort" ? 16 : 8,
		isGray: channels < 3,
		isCmyk: space === "cmyk"
	};
}
/**
* Refuses a JPEG that is much shorter than its header says, which the decoder would fill up with gray: each 8x8 pixels take a bit at least.
* (A PNG that is too short fails before it takes any memory; a WebP of one colour takes no more bytes for being larger.)
*/
function requirePossible({ length }, { format, width, height }) {
	if (format !== "jpeg" || length * 8 * 64 >= width * height) return;
	throw new Error(`its header says ${width}x${height}, which cannot be in ${length} bytes`);
}
/** Gray and alpha of RGBA with equal colours. */
function everyOther(rgba) {
	const out = new Uint8Array(rgba.length / 2);
	for (let i = 0; i < out.length; i++) out[i] = rgba[i * 2 + i % 2];
	return out;
}
/** The strips as one picture of 8 bits. @throws EsrganError "bad-input" if there is no memory for so large a one */
async function join$1(path, strips, { width, height }) {
	let whole;
	let at = 0;
	for await (const { data, channels, bits } of requireWhole(strips, {
		width,
		height
	})) {
		whole ??= {
			data: allocate(path, width * height * channels),
			width,
			height,
			channels,
			bits: 8
		};
		if (bits === 8) whole.data.set(data, at);
		else for (let i = 0; i < data.length; i++) whole.data[at + i] = Math.round(data[i] / 257);
		at += data.length;
	}
	return whole;
}
function allocate(path, byteLength) {
	try {
		return new Uint8Array(byteLength);
	} catch (cause) {
		throw new EsrganError("bad-input", `The output ${path} takes ${byteLength} bytes of memory, which are not to be had, and as a PNG none of them`, { cause });
	}
}
async function encode({ data, width, height, channels }, format, { iccProfile, software }) {
	const sharp = loadSharp();
	const isGray = channels < 3;
	const image = sharp(data, {
		raw: {
			width,
			height,
			channels
		},
		limitInputPixels: false
	}).toColourspace(isGray ? "b-w" : "srgb");
	return embedMetadata(await {
		jpeg: () => image.flatten({ background: "#ffffff" }).jpeg({
			quality: LOSSY_QUALITY,
			chromaSubsampling: "4:4:4"
		}),
		webp: () => image.webp({
			quality: LOSSY_QUALITY,
			smartSubsample: true
		})
	}[format]().toBuffer(), format, {
		software,
		iccProfile: isGray && format === "webp" ? void 0 : iccProfile
	});
}
function unreadable(path, error) {
	if (error instanceof EsrganError) return error;
	const said = error instanceof Error ? error.message.split("\n")[0].replace(/[:.]+$/, "") : String(error);
	return new EsrganError("bad-input", `The picture ${path} cannot be read: ${/pixel limit/i.test(said) ? `it has more than the ${MAX_PIXELS} pixels allowed` : `it is cut off or damaged (${said})`}`, { cause: error });
}
// .cache/dist-26594/node/glob.js
/** Whether there is anything in these words that may stand for something else. */
function isPattern(words) {
	return /[*?[]/.test(words);
}
/** Whether a file's or folder's name is one that the pattern means. A name that begins with a dot needs a pattern that does. */
function matches(pattern, name, ignoreCase = false) {
	if (name.startsWith(".") && !pattern.startsWith(".")) return false;
	const fold = (text) => ignoreCase ? text.toLowerCase() : text;
	const tokens = parse$1([...fold(pattern)]);
	const characters = [...fold(name)];
	let [token, at] = [0, 0];
	let star;
	while (at < characters.length) {
		const test = tokens[token];
		if (test === "any") star = {
			token: token++,
			at
		};
		else if (test?.(characters[at])) [token, at] = [token + 1, at + 1];
		else if (star) [token, at] = [star.token + 1, ++star.at];
		else return false;
	}
	return tokens.slice(token).every((rest) => rest === "any");
}
function parse$1(pattern) {
	const tokens = [];
	for (let at = 0; at < pattern.length; at++) {
		const character = pattern[at];
		const end = character === "[" ? setEnd(pattern, at) : -1;
		if (character === "*") tokens.push("any");
		else if (character === "?") tokens.push(() => true);
		else if (end < 0) tokens.push((other) => other === character);
		else {
			tokens.push(set(pattern.slice(at + 1, end)));
			at = end;
		}
	}
	return tokens;
}
const isNegation = (character) => character === "!" || character === "^";
/** Where the set that starts here is closed, its first character not counted; -1 if it is not. */
function setEnd(pattern, start) {
	return pattern.indexOf("]", start + (isNegation(pattern[start + 1]) ? 3 : 2));
}
/** Between the brackets: characters and ranges of them. */
function set(written) {
	const isNegated = isNegation(written[0]);
	const ranges = [];
	for (let at = isNegated ? 1 : 0; at < written.length; at++) {
		const isRange = written[at + 1] === "-" && at + 2 < written.length;
		ranges.push([written[at], written[isRange ? at + 2 : at]]);
		if (isRange) at += 2;
	}
	const code = (character) => character.codePointAt(0);
	const isIn = (character) => ranges.some(([from, to]) => code(from) <= code(character) && code(character) <= code(to));
	return isNegated ? (character) => !isIn(character) : isIn;
}
// .cache/dist-26594/node/input-files.js
const byNumber = new Intl.Collator("en", { numeric: true });
const IGNORE_CASE = process.platform === "win32" || process.platform === "darwin";
/**
* The files that the inputs stand for, in order, those of a folder or a pattern in natural order and each once. Of folders and patterns only
* files that end as pictures do count, and none whose name begins with a dot. What is neither is taken for a file, there or not.
*/
function findInputs(inputs, options) {
	const search = new Search(options);
	for (const input of inputs) search.add(input);
	return search;
}
var Search = class {
	options;
	files = [];
	problems = [];
	seen = /* @__PURE__ */ new Set();
	except;
	constructor(options) {
		this.options = options;
		this.except = options.except === void 0 ? void 0 : resolve(options.except);
	}
	add(input) {
		const status = statusOf(input);
		if (status?.isDirectory()) this.addFound(input, this.inFolder(input), `is in the folder ${input}`);
		else if (!status && isPattern(input)) {
			const { base, segments } = splitPattern(input);
			this.addFound(base, this.below(base, segments), `has a name like ${input}`);
		} else this.addFile({
			path: input,
			subfolder: "",
			isFound: false
		});
	}
	addFound(base, paths, what) {
		const problemsBefore = this.problems.length;
		let found = 0;
		for (const path of paths) {
			this.addFile({
				path,
				subfolder: relative(base, dirname(path)),
				isFound: true
			});
			found++;
		}
		if (found > 0 || this.problems.length > problemsBefore) return;
		this.problems.push(new EsrganError("bad-input", `No picture (.png, .jpg, .jpeg or .webp) ${what}`));
	}
	addFile(file) {
		const whole = resolve(file.path);
		if (!this.seen.has(whole)) this.files.push(file);
		this.seen.add(whole);
	}
	*inFolder(folder) {
		for (const entry of this.list(folder)) {
			const path = join(folder, entry.name);
			if (entry.name.startsWith(".")) continue;
			if (this.options.recursive && this.isSearched(entry, path)) yield* this.inFolder(path);
			else if (isPictureFile(entry, path)) yield path;
		}
	}
	/** The files below a folder whose names, folder by folder, are as these segments say. */
	*below(folder, [segment, ...rest]) {
		if (segment === void 0) return;
		if (segment === "**") yield* this.below(folder, rest);
		for (const entry of this.list(folder)) {
			const path = join(folder, entry.name);
			if (segment === "**") {
				if (!entry.name.startsWith(".") && this.isSearched(entry, path)) yield* this.below(path, [segment, ...rest]);
			} else if (matches(segment, entry.name, IGNORE_CASE)) {
				if (rest.length > 0 && (entry.isDirectory() || entry.isSymbolicLink())) yield* this.below(path, rest);
				else if (rest.length === 0 && isPictureFile(entry, path)) yield path;
			}
		}
	}
	/** Links are not followed, as they may lead back. */
	isSearched(entry, path) {
		return entry.isDirectory() && resolve(path) !== this.except;
	}
	list(folder) {
		try {
			return readdirSync(folder, { withFileTypes: true }).sort((a, b) => byNumber.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
		} catch (cause) {
			if (isNoFolder(cause)) return [];
			const message = `The folder ${folder} cannot be looked into: ${fileReason(cause)}`;
			this.problems.push(new EsrganError("bad-input", message, { cause }));
			return [];
		}
	}
};
function isNoFolder(error) {
	return ["ENOENT", "ENOTDIR"].includes(error.code ?? "");
}
function isPictureFile(entry, path) {
	if (!hasPictureEnding(entry.name)) return false;
	return entry.isFile() || (statusOf(path)?.isFile() ?? false);
}
/** The folder before the first part that may stand for others, and the parts from there on. */
function splitPattern(pattern) {
	const { root } = parse(pattern);
	const all = pattern.slice(root.length).split(sep === "\\" ? /[\\/]+/ : /\/+/);
	const first = all.findIndex(isPattern);
	const segments = all.slice(first).filter((segment) => segment !== "");
	return {
		base: join(root, ...all.slice(0, first)),
		segments: segments.at(-1) === "**" ? [...segments, "*"] : segments
	};
}
// .cache/dist-26594/node/output-path.js
/**
* Checks before the work what -o says about where the results of this many inputs go.
* @throws UsageError if it is one file for several inputs
* @throws EsrganError "bad-input" if its folder is not there or its ending is no format's
*/
function checkOutput(output, inputs) {
	if (output === void 0 || isFolder(output)) return;
	if (/[\\/]$/.test(output) || parse(output).ext === "" && inputs > 1) throw noFolder(output);
	if (inputs > 1) throw new UsageError(`The output ${output} is one file for ${inputs} inputs, which need a folder`);
	pictureFormat(output);
	if (!isFolder(dirname(output))) throw noFolder(dirname(output));
}
/**
* Where each input's result goes, in order. An input that was found, not named, and is where another's result goes is left out: it is that
* result, of an earlier run.
* @throws EsrganError "bad-input" if a file would be written twice or is an input itself
*/
function planJobs(output, inputs, scale) {
	const jobs = inputs.map((input) => ({
		input,
		output: outputPath(output, input, scale)
	}));
	const madeFrom = new Map(jobs.map((job) => [resolve(job.output), job.input]));
	const kept = jobs.filter(({ input }) => {
		const origin = madeFrom.get(resolve(input.path));
		return !input.isFound || origin === void 0 || origin === input;
	});
	const inputsByIdentity = new Map(kept.map(({ input }) => [identity(input.path), input.path]));
	const takenBy = /* @__PURE__ */ new Map();
	return kept.map(({ input: { path: input }, output }) => {
		const other = takenBy.get(resolve(output));
		if (other !== void 0) throw new EsrganError("bad-input", `Both ${other} and ${input} would be written to ${output}`);
		takenBy.set(resolve(output), input);
		const here = identity(output);
		const same = here && inputsByIdentity.get(here);
		if (same) throw new EsrganError("bad-input", `The output ${output} is the same file as the input ${same}`);
		return {
			input,
			output
		};
	});
}
/**
* Whether the result is there already: a file newer than the input. No look into it is needed, as files appear once they are whole; what
* it was made with is not asked.
*/
function isDone({ input, output }) {
	const result = statusOf(output);
	return (result?.isFile() ?? false) && result.mtimeMs > (statusOf(input)?.mtimeMs ?? Infinity);
}
function outputPath(output, { path, subfolder }, scale) {
	const name = `${parse(path).name}-${scale}x.png`;
	if (output === void 0) return join(dirname(path), name);
	return isFolder(output) ? join(output, subfolder, name) : output;
}
function noFolder(path) {
	return new EsrganError("bad-input", `The folder ${path} does not exist`);
}
function isFolder(path) {
	return statusOf(path)?.isDirectory() ?? false;
}
/** What is the same for another name of the same file: a link, or another spelling where case does not count. Undefined without a file. */
function identity(path) {
	try {
		const { dev, ino } = statSync(path, { bigint: true });
		return `${dev}:${ino}`;
	} catch {
		return;
	}
}
// .cache/dist-26594/node/version.js
function version() {
	const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
	return JSON.parse(manifest).version;
}
// .cache/dist-26594/node/cli.js
const PHOTO = fileURLToPath(new URL("../../examples/photo.png", import.meta.url));
/** Does what a command asks for. Returns the exit code. */
async function runCommand(given, listener, open = openEngine) {
	try {
		if (given.action === "list-adapters") {
			for (const info of await listAdapters()) listener.result(describe(info));
			return 0;
		}
		const command = given.inputs.length > 0 ? given : withPhoto(given, listener);
		const { files, problems } = findInputs(command.inputs, {
			recursive: command.recursive,
			except: command.output
		});
		for (const problem of problems) listener.note(sentence(problem));
		if (files.length === 0) return 1;
		if (command.action === "upscale") checkOutput(command.output, files.length);
		const run = new Run(command, listener, open);
		try {
			return await (command.action === "plan" ? run.plan(files) : run.upscale(files, problems.length)) && problems.length === 0 ? 0 : 1;
		} finally {
			run.close();
		}
	} catch (error) {
		listener.note(sentence(error));
		return error instanceof UsageError ? 2 : 1;
	}
}
/** The command of somebody who gave no picture: the package's own, with the result in the folder out. */
function withPhoto(command, listener) {
	if (command.action === "plan" || command.output !== void 0) return {
		...command,
		inputs: [PHOTO]
	};
	try {
		mkdirSync("out", { recursive: true });
	} catch (cause) {
		throw new EsrganError("bad-input", "The folder out for the result cannot be made here; name an output with -o", { cause });
	}
	if (!command.quiet) listener.note("no picture was given (see --help), so this is a photo that comes with the program");
	return {
		...command,
		inputs: [PHOTO],
		output: "out"
	};
}
/** One engine, opened once the first picture has been read, and the pictures one after another. */
var Run = class {
	command;
	listener;
	open;
	model;
	engine;
	cannotRun = false;
	constructor(command, listener, open) {
		this.command = command;
		this.listener = listener;
		this.open = open;
	}
	/** Whether all went well with these, and with the `failed` inputs before. */
	async upscale(files, failed) {
		const jobs = planJobs(this.command.output, files, await this.scale());
		const count = {
			written: 0,
			skipped: 0,
			failed,
			"not tried": jobs.length
		};
		const isOne = jobs.length + failed === 1;
		for (const [index, job] of jobs.entries()) {
			count["not tried"]--;
			try {
				if (this.command.resume && isDone(job)) {
					this.skip(job, isOne);
					count.skipped++;
				} else {
					await this.write(job, isOne ? basename(job.input) : `${index + 1}/${jobs.length} ${basename(job.input)}`);
					count.written++;
				}
			} catch (error) {
				this.listener.note(sentence(error));
				count.failed++;
				if (!this.canGoOn(error)) break;
			}
		}
		if (!isOne && !this.command.quiet) {
			const said = Object.entries(count).filter(([name, many]) => name === "written" || many > 0);
			this.listener.note(said.map(([name, many]) => `${many} ${name}`).join(", "));
		}
		return count.failed === 0;
	}
	async write({ input, output }, label) {
		const { command, listener } = this;
		const { pixels, ...rest } = await readPicture(input);
		const engine = await this.opened();
		const { width, height, ...cost } = engine.plan(pixels);
		requireFits(output, width, height);
		makeFolder(output);
		const started = performance.now();
		const strips = engine.strips(pixels, {
			onProgress: (progress) => listener.progress(label, progress),
			onNote: (note) => listener.note(`${input}: ${note}`)
		});
		const software = `esrgan-webgpu ${version()}, ${modelTitle(command.models)}`;
		await writePictureStrips(output, strips, {
			...rest,
			width,
			height,
			software
		}, (path) => listener.temporary(path));
		const durationMs = Math.round(performance.now() - started);
		if (command.json) {
			const { model, adapter, precision } = engine;
			const { dispatches, pipelines, peakBytes, weightBytes, tiles } = cost;
			const about = {
				input,
				output,
				model,
				width,
				height,
				adapter,
				precision,
				durationMs
			};
			listener.result(JSON.stringify({
				...about,
				peakBytes,
				weightBytes,
				dispatches,
				pipelines,
				tiles
			}));
		} else if (!command.quiet) listener.result(output);
	}
	skip({ input, output }, isOne) {
		if (this.command.json) this.listener.result(JSON.stringify({
			input,
			output,
			skipped: true
		}));
		else if (isOne && !this.command.quiet) this.listener.note(`${output} is there and newer than ${input}, which is left out`);
	}
	/** Whether all could be planned. */
	async plan(files) {
		let isFine = true;
		for (const { path: input } of files) try {
			const picture = await readPictureSize(input);
			const engine = await this.opened();
			const { model, adapter, precision } = engine;
			const about = {
				input,
				inputWidth: picture.width,
				inputHeight: picture.height,
				model
			};
			const how = {
				scale: await this.scale(),
				adapter,
				precision
			};
			this.listener.result(JSON.stringify({
				...about,
				...how,
				...engine.plan(picture)
			}, null, 2));
		} catch (error) {
			this.listener.note(sentence(error));
			isFine = false;
			if (!this.canGoOn(error)) break;
		}
		return isFine;
	}
	/** Whether an error is about one picture, which is no reason to leave the others: what else there is would happen to them too. */
	canGoOn(error) {
		if (this.cannotRun || !(error instanceof EsrganError)) return false;
		return error.code !== "device-lost" && error.code !== "internal";
	}
	async scale() {
		return this.command.scale ?? (await this.loaded()).network.scale;
	}
	async loaded() {
		this.model ??= await findModel(this.command.models);
		return this.model;
	}
	async opened() {
		if (this.engine) return this.engine;
		this.cannotRun = true;
		this.engine = await this.open(await this.loaded(), this.command);
		this.cannotRun = false;
		return this.engine;
	}
	close() {
		this.engine?.destroy();
	}
};
/** The folders that are wanted below the output folder. */
function makeFolder(output) {
	try {
		mkdirSync(dirname(output), { recursive: true });
	} catch (error) {
		throw unwritable(output, error);
	}
}
function describe({ name, description, software, features }) {
	return `${name} (${[
		description,
		software ? "software" : "GPU",
		features.includes("shader-f16") ? "f16" : "no f16"
	].filter((note) => note && note !== name).join(", ")})`;
}
/** What went wrong, as one line. */
function sentence(error) {
	if (error instanceof EsrganError || error instanceof UsageError) return error.message.replace(/\s+/g, " ");
	return `Something went wrong that should not have: ${(error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ")}`;
}
export { runCommand };
