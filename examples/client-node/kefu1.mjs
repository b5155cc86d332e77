// kefu/1 on one ZeroMQ connection: five parts out, five parts in. docs/protocol.md, sections 1 to 4.

import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, encode } from "@msgpack/msgpack";
import { Dealer } from "zeromq";

const VERSION = "kefu/1";
const NO_CALL = Buffer.alloc(16);
const EMPTY = Buffer.alloc(0);
const ANSWER_MS = 5000;

/** What the gateway refused, or why there is no call: `code` as in docs/errors.md. */
export class KefuError extends Error {
  constructor(code, message, { retryAfterMs = 0, exitCode = 6 } = {}) {
    super(message);
    Object.assign(this, { code, retryAfterMs, exitCode });
  }
}

export function pack(type, call, header = {}, payload = EMPTY) {
  return [VERSION, type, call, Buffer.from(encode(header)), payload];
}

/** `{type, call, header, payload}`; throws KefuError `bad_message`. */
export function parse(parts) {
  if (parts.length !== 5 || parts[0].toString() !== VERSION || parts[2].length !== 16) {
    throw new KefuError("bad_message", "The gateway sent what is not kefu/1.", { exitCode: 3 });
  }
  let header;
  try {
    header = decode(parts[3]);
  } catch (reason) {
    throw new KefuError("bad_message", `A header cannot be read: ${reason.message}.`, {
      exitCode: 3,
    });
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new KefuError("bad_message", "A header is no map.", { exitCode: 3 });
  }
  return { type: parts[1].toString(), call: parts[2], header, payload: parts[4] };
}

/** One DEALER. `open` waits until the gateway has answered: an OPEN must not wait in a queue. */
export class Connection {
  #socket;
  #sending = Promise.resolve();
  #receivers = new Map(); // call id in hexadecimal → function of a message

  static async open(address) {
    const connection = new Connection(address);
    try {
      await connection.#ping();
    } catch (reason) {
      connection.close();
      throw reason;
    }
    return connection;
  }

  constructor(address) {
    this.address = address;
    this.#socket = new Dealer({
      routingId: randomUUID(), // a new one each time that the program starts
      linger: 500,
      sendTimeout: 500,
      receiveHighWaterMark: 0, // section 1 says why
      heartbeatInterval: 1000,
      heartbeatTimeout: 5000,
    });
    try {
      this.#socket.connect(address);
    } catch (reason) {
      this.#socket.close();
      throw new KefuError("bad_address", `${address}: ${reason.message}.`, { exitCode: 2 });
    }
    this.#receive();
  }

  /** `receiver` gets each message of the call `id`, and whatever is no kefu/1 as an error. */
  attach(id, receiver) {
    this.#receivers.set(id.toString("hex"), receiver);
  }

  detach(id) {
    this.#receivers.delete(id.toString("hex"));
  }

  /** ZeroMQ takes one message at a time. Throws KefuError where the gateway takes none. */
  send(type, call, header, payload) {
    const parts = pack(type, call, header, payload);
    this.#sending = this.#sending.then(() => this.#socket.send(parts));
    return this.#sending.catch((reason) => {
      throw new KefuError("gateway_unreachable", `${this.address}: ${reason.message}.`, {
        exitCode: 3,
      });
    });
  }

  close() {
    this.#socket.close();
  }

  async #ping() {
    const nonce = randomInt(2 ** 32);
    const waiting = new AbortController();
    let pong;
    this.attach(NO_CALL, (message) => {
      if (message.type === "PONG" && message.header.nonce === nonce) pong = message.header;
      if (pong || message instanceof KefuError) waiting.abort(message);
    });
    await this.send("PING", NO_CALL, { nonce });
    await sleep(ANSWER_MS, undefined, { signal: waiting.signal }).catch(() => {});
    this.detach(NO_CALL);
    if (waiting.signal.reason instanceof KefuError) throw waiting.signal.reason;
    if (!pong) {
      throw new KefuError("gateway_unreachable", `Nobody answers at ${this.address}.`, {
        exitCode: 3,
      });
    }
  }

  async #receive() {
    for await (const parts of this.#socket) {
      let message;
      try {
        message = parse(parts);
      } catch (reason) {
        for (const receiver of this.#receivers.values()) receiver(reason);
        continue;
      }
      this.#receivers.get(message.call.toString("hex"))?.(message);
    }
  }
}
