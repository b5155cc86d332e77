#!/usr/bin/env node
// Places one call: says each FILE when the agent has ended its sentence, keeps what it answers.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Call, FRAME, FRAME_MS } from "./call.mjs";
import { Connection, KefuError } from "./kefu1.mjs";
import { SILENCE, decodeUlaw } from "./ulaw.mjs";
import { readWav, writeWav } from "./wav.mjs";

const USAGE = `usage: node place-call.mjs [options] [FILE.wav …]

Says each FILE (8 kHz, mono) after the agent's sentence, then listens, then hangs up.
Ctrl-C hangs up at once.

  --address URL      of the gateway (ipc:///run/kefu/kefu.sock)
  --called NUMBER    chooses the scenario
  --caller NUMBER    the caller's own
  --language L       zh, en or auto (auto)
  --keys DIGITS      pressed after the last FILE's answer: 0 to 9, *, #, A to D
  --transfer R       what to answer when the caller is to be put through:
                     ok, busy, no_answer or refused (ok)
  --listen SECONDS   the longest wait for each answer (15)
  --out FILE.wav     both sides: left the caller, right the agent
  --json             one JSON object a line

exit codes: 0 done, 2 wrong usage, 3 no gateway, 5 a file, 6 the call was refused
example: node place-call.mjs --called 4000 --out call.wav question.wav`;

const KEYS = /^[0-9*#A-D]*$/;
const KEY_EVERY_MS = 200;
const BREATH_MS = 300; // between the end of the agent's sentence and ours
const LATE_FRAMES = 10; // a line that is later than this skips numbers

function readArguments() {
  const text = (fallback) => ({ type: "string", default: fallback });
  const options = {
    address: text("ipc:///run/kefu/kefu.sock"),
    called: text(""),
    caller: text(""),
    language: text("auto"),
    keys: text(""),
    transfer: text("ok"),
    listen: text("15"),
    out: text(""),
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (reason) {
    throw wrongUsage(reason.message);
  }
  const { values, positionals } = parsed;
  const listen = Number(values.listen);
  if (!(listen > 0 && listen <= 3600)) throw wrongUsage("--listen is a number of seconds.");
  if (!KEYS.test(values.keys)) throw wrongUsage("--keys: 0 to 9, *, #, A to D.");
  if (!["ok", "busy", "no_answer", "refused"].includes(values.transfer)) {
    throw wrongUsage("--transfer: ok, busy, no_answer or refused.");
  }
  return { ...values, listenMs: listen * 1000, files: positionals };
}

function wrongUsage(message) {
  return new KefuError("usage", `${message} --help tells more.`, { exitCode: 2 });
}

/** One line an event. Text of the other side loses its control characters. */
function print(json, kind, event) {
  const line = json ? JSON.stringify({ kind, ...event }) : `${kind.padEnd(14)} ${told(kind, event)}`;
  console.log(line.replace(/\p{C}/gu, ""));
}

/** An event for people: of a turn what was heard and said, else all that it holds. */
function told(kind, { data }) {
  if (kind === "turn") return `▸ ${data.heard || "–"}  ${data.action}  ◂ ${data.reply}`;
  return Object.entries(data)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

/** The caller: what to do next, once the agent has ended a sentence or says nothing for long. */
class Caller {
  constructor({ keys, transfer, listenMs, json }, lines) {
    Object.assign(this, { transfer, listenMs, json });
    this.acts = lines.map((line) => ({ line }));
    if (keys) this.acts.push({ keys: [...keys] });
    this.toSay = Buffer.alloc(0);
    this.toPress = [];
    this.actAt = performance.now() + listenMs;
    this.hangsUp = false;
    this.said = [];
    this.heard = [];
  }

  onEvent({ kind, data = {}, stored }, call) {
    print(this.json, kind, { data, stored });
    if (kind === "reply.ended" && !this.toSay.length && !this.toPress.length) {
      this.actAt = performance.now() + BREATH_MS;
    }
    if (kind === "transfer") call.transferred(this.transfer).catch(() => {});
  }

  /** The frame to send now. */
  async next(call) {
    const now = performance.now();
    if (this.toPress.length && now >= this.pressAt) {
      this.pressAt = now + KEY_EVERY_MS;
      await call.press(this.toPress.shift());
    }
    if (now >= this.actAt && !this.toSay.length && !this.toPress.length) this.#act(now);
    const frame = Buffer.concat([this.toSay.subarray(0, FRAME), SILENCE]).subarray(0, FRAME);
    this.toSay = this.toSay.subarray(FRAME);
    return frame;
  }

  #act(now) {
    const act = this.acts.shift();
    if (!act) {
      this.hangsUp = true;
      return;
    }
    this.toSay = act.line ?? this.toSay;
    this.toPress = act.keys ?? [];
    this.pressAt = now;
    const lasts = (1000 * this.toSay.length) / 8000 + KEY_EVERY_MS * this.toPress.length;
    this.actAt = now + lasts + this.listenMs;
  }
}

/** A frame out and a frame in every 20 ms, by an absolute clock, until either side hangs up. */
async function converse(call, caller) {
  let due = performance.now();
  while (!call.ended && !caller.hangsUp) {
    due += FRAME_MS;
    const late = Math.floor((performance.now() - due) / FRAME_MS);
    if (late > LATE_FRAMES) {
      call.skip(late);
      due += late * FRAME_MS;
    }
    await sleep(Math.max(0, due - performance.now()));
    const frame = await caller.next(call);
    caller.said.push(frame);
    caller.heard.push(await call.exchange(frame));
  }
  await call.hangUp();
}

async function main() {
  const asked = readArguments();
  if (asked.help) {
    console.log(USAGE);
    return;
  }
  const lines = [];
  for (const file of asked.files) lines.push(await readWav(file));
  const caller = new Caller(asked, lines);
  const connection = await Connection.open(asked.address);
  process.on("SIGINT", () => (caller.hangsUp = true));
  process.on("SIGTERM", () => (caller.hangsUp = true));
  process.stdout.on("error", () => (caller.hangsUp = true)); // nobody reads the events any more
  try {
    const header = { called: asked.called, caller: asked.caller, language: asked.language };
    const call = await Call.open(connection, header, (event, its) => caller.onEvent(event, its));
    await converse(call, caller);
    if (call.error) throw call.error;
  } finally {
    connection.close();
    if (asked.out && caller.said.length) {
      const [said, heard] = [caller.said, caller.heard].map((f) => decodeUlaw(Buffer.concat(f)));
      await writeWav(asked.out, said, heard);
    }
  }
}

try {
  await main();
} catch (reason) {
  if (!(reason instanceof KefuError)) throw reason;
  const again = reason.retryAfterMs ? ` Try again after ${reason.retryAfterMs / 1000} s.` : "";
  console.error(`${reason.code}: ${reason.message}${again}`.replace(/\p{C}/gu, ""));
  process.exitCode = reason.exitCode;
}
