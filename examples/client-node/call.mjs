// One call: our sample numbers, what of the agent was played, events, the end.
// docs/protocol.md, sections 5 to 8 and 12 to 14.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { KefuError } from "./kefu1.mjs";
import { SILENCE } from "./ulaw.mjs";

export const RATE_HZ = 8000;
export const FRAME_MS = 20;
export const FRAME = (RATE_HZ * FRAME_MS) / 1000;

const ANSWER_MS = 5000;
const LOST_MS = 5000; // without any message of the gateway
const MOST_SKIPPED = 149; // frames: a hole of 3 s and more would be refused
const ENDING = new Set(["unknown_call", "not_your_call"]);

export class Call {
  #connection;
  #onEvent;
  #queue = []; // frames of the agent that are not yet played
  #sent = 0; // the next sample of ours
  #taken = 0; // the next sample of the agent that is not yet played
  #answered = () => {}; // ends the wait for OPENED or CLOSED
  #heardAt = performance.now();

  /** Null until OPENED. */
  opened = null;
  /** What CLOSED said. */
  closed = null;
  /** What ended the call without CLOSED, or refused it. */
  error = null;

  /** Opens a call; `header` has fields of OPEN: called, caller, language, scenario … */
  static async open(connection, header, onEvent) {
    const call = new Call(connection, onEvent);
    await call.#open(header);
    return call;
  }

  constructor(connection, onEvent) {
    this.id = randomBytes(16);
    this.#connection = connection;
    this.#onEvent = onEvent;
    connection.attach(this.id, (message) => this.#receive(message));
  }

  get ended() {
    return this.closed !== null || this.error !== null;
  }

  /** Sends a frame of the caller (160 bytes of µ-law); returns the agent's frame to play now. */
  async exchange(payload) {
    if (performance.now() - this.#heardAt > LOST_MS) {
      this.error = new KefuError("gateway_away", "The gateway has gone.", { exitCode: 3 });
      return SILENCE;
    }
    const frame = this.#queue.shift();
    if (frame) this.#taken = frame.first + frame.payload.length;
    await this.#send("AUDIO", { first_sample: this.#sent, taken: this.#taken }, payload);
    this.#sent += payload.length;
    return frame ? frame.payload : SILENCE;
  }

  /** After a delay: numbers are skipped, so that no backlog is sent. */
  skip(frames) {
    this.#sent += Math.min(frames, MOST_SKIPPED) * FRAME;
  }

  async press(digit) {
    await this.#send("DTMF", { digit });
  }

  /** The answer to EVENT `transfer`: ok, busy, no_answer or refused. */
  async transferred(result) {
    await this.#send("TRANSFERRED", { result });
  }

  /** Hangs up and waits for CLOSED. */
  async hangUp() {
    if (!this.ended) {
      await this.#ask("CLOSE", {});
    }
    this.#connection.detach(this.id);
  }

  async #open(header) {
    const asked = { codec: "ulaw", rate_hz: RATE_HZ, frame_ms: FRAME_MS, ...header };
    await this.#ask("OPEN", asked);
    if (this.error) throw this.error;
    if (!this.opened) {
      await this.#send("CLOSE", {}); // it may be opened yet
      throw new KefuError("gateway_unreachable", "The gateway does not answer OPEN.", {
        exitCode: 3,
      });
    }
  }

  #send(type, header, payload) {
    return this.#connection.send(type, this.id, header, payload);
  }

  /** Sends, and waits for OPENED or the call's end, but not for ever. */
  async #ask(type, header) {
    const waiting = new AbortController(); // made first: the answer may be here before `send` is
    this.#answered = () => waiting.abort();
    await this.#send(type, header);
    await sleep(ANSWER_MS, undefined, { signal: waiting.signal }).catch(() => {});
  }

  #receive(message) {
    this.#heardAt = performance.now();
    if (message instanceof KefuError) {
      this.error = message;
      this.#answered();
      return;
    }
    const { type, header, payload } = message;
    if (type === "AUDIO") {
      this.#queue.push({ first: header.first_sample, payload });
    } else if (type === "FLUSH") {
      this.#flush(header.next_sample);
    } else if (type === "EVENT") {
      this.#onEvent(header, this);
    } else if (type === "OPENED") {
      this.opened = header;
      const { slot, release } = header;
      this.#tell("opened", { call: this.id.toString("hex"), slot, release });
      this.#sent = header.caller_next;
      this.#taken = header.agent_next;
      this.#answered();
    } else if (type === "CLOSED") {
      this.closed = header;
      this.#tell("closed", header);
      this.#answered();
    } else if (type === "ERROR") {
      this.#refused(header);
    }
  }

  /** The caller interrupted: what is queued is not played. */
  #flush(next) {
    const dropped = this.#queue.length ? this.#queue[0].first : next;
    this.#queue = [];
    this.#taken = next;
    this.#send("FLUSHED", { first_dropped: dropped }).catch(() => {});
  }

  #refused({ code, message, retry_after_ms: retryAfterMs = 0 }) {
    const error = new KefuError(code, message, { retryAfterMs });
    if (!this.opened || ENDING.has(code)) {
      this.error = error;
      this.#answered();
    } else {
      this.#tell("error", { code, message });
    }
  }

  /** As if it were an EVENT. */
  #tell(kind, data) {
    this.#onEvent({ kind, data }, this);
  }
}
