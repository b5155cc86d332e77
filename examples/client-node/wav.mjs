// WAV files: 8 kHz, mono, 16-bit PCM or µ-law in; 16-bit PCM, caller left and agent right, out.

import { readFile, writeFile } from "node:fs/promises";
import { RATE_HZ } from "./call.mjs";
import { KefuError } from "./kefu1.mjs";
import { encodeUlaw } from "./ulaw.mjs";

const PCM = 1;
const ULAW = 7;
const CONVERT = "`sox IN -r 8000 -c 1 -b 16 OUT.wav` makes such a file.";

/** The samples of a file as µ-law. Throws KefuError `bad_audio_file`. */
export async function readWav(path) {
  let file;
  try {
    file = await readFile(path);
  } catch (reason) {
    throw bad(path, `cannot be read (${reason.code})`);
  }
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") {
    throw bad(path, "is no WAV file");
  }
  let form = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    if (body.length < size) throw bad(path, "is truncated");
    if (name === "fmt ") form = format(path, body);
    if (name === "data") return samples(path, form, body);
    at += 8 + size + (size % 2);
  }
  throw bad(path, "holds no samples");
}

/** Writes two Int16Arrays, filled up with silence to one length. Throws KefuError. */
export async function writeWav(path, caller, agent) {
  const length = Math.max(caller.length, agent.length);
  const bytes = Buffer.alloc(44 + 4 * length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 4 * length, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(PCM, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(RATE_HZ, 24);
  bytes.writeUInt32LE(4 * RATE_HZ, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(4 * length, 40);
  for (let n = 0; n < length; n++) {
    bytes.writeInt16LE(caller[n] ?? 0, 44 + 4 * n);
    bytes.writeInt16LE(agent[n] ?? 0, 46 + 4 * n);
  }
  try {
    await writeFile(path, bytes);
  } catch (reason) {
    throw new KefuError("cannot_write", `${path} cannot be written (${reason.code}).`, {
      exitCode: 5,
    });
  }
}

function format(path, body) {
  if (body.length < 16) throw bad(path, "is truncated in its header");
  const form = {
    tag: body.readUInt16LE(0),
    channels: body.readUInt16LE(2),
    rate: body.readUInt32LE(4),
    bits: body.readUInt16LE(14),
  };
  const known = (form.tag === PCM && form.bits === 16) || (form.tag === ULAW && form.bits === 8);
  if (!known || form.channels !== 1 || form.rate !== RATE_HZ) {
    throw bad(
      path,
      `has coding ${form.tag}, ${form.channels} channels, ${form.rate} Hz, ${form.bits} bits`,
    );
  }
  return form;
}

function samples(path, form, body) {
  if (!form) throw bad(path, "has samples before their format");
  if (!body.length) throw bad(path, "holds no samples");
  if (form.tag === ULAW) return Buffer.from(body);
  const pcm = Int16Array.from({ length: body.length >> 1 }, (_, n) => body.readInt16LE(2 * n));
  return encodeUlaw(pcm);
}

function bad(path, why) {
  return new KefuError("bad_audio_file", `${path} ${why}. ${CONVERT}`, { exitCode: 5 });
}
