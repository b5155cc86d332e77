// G.711 µ-law, and one frame of its silence.

const BIAS = 132;
const CLIP = 32635;

export const SILENCE = Buffer.alloc(160, 0xff);

/** Int16Array → Buffer, a byte a sample. */
export function encodeUlaw(pcm) {
  return Buffer.from(Uint8Array.from(pcm, encodeSample));
}

/** Buffer → Int16Array. */
export function decodeUlaw(bytes) {
  return Int16Array.from(bytes, decodeSample);
}

function encodeSample(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sample < 0 ? ~sample : sample, CLIP) + BIAS; // as ITU-T G.191 has it
  const exponent = 24 - Math.clz32(magnitude); // of 132 … 32767: 0 … 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeSample(byte) {
  const code = ~byte & 0xff;
  const exponent = (code >> 4) & 0x07;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return code & 0x80 ? -magnitude : magnitude;
}
