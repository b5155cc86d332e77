// One recording with its button; it knows whether it was heard to the end.

const bytesOf = (clip) => {
  const text = atob(page.clips[clip].slice(page.clips[clip].indexOf(",") + 1));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
};

// The length of a data URI tells the duration: 16 bits a sample behind 44 bytes.
const secondsOf = (clip) => (page.clips[clip].length * 0.75 - 44) / 2 / page.rate_hz;

class Player {
  constructor(clip, number, changed) {
    this.plays = 0;
    this.heard = false;
    this.number = number;
    this.changed = changed;
    this.url = URL.createObjectURL(new Blob([bytesOf(clip)], { type: "audio/wav" }));
    this.audio = new Audio(this.url);
    this.audio.preload = "auto";
    this.button = make("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.button.innerHTML =
      '<svg viewBox="0 0 64 64" aria-hidden="true"><circle class="track" cx="32" cy="32" r="29"/>' +
      '<circle class="done" cx="32" cy="32" r="29" transform="rotate(-90 32 32)"/>' +
      '<path class="icon triangle" d="M26 21.5v21a1 1 0 0 0 1.5.9l17.5-10.5a1 1 0 0 0 0-1.8L27.5 20.6a1 1 0 0 0-1.5.9z"/>' +
      '<path class="icon bars" d="M24 22h5v20h-5zM35 22h5v20h-5z"/></svg>';
    this.ring = this.button.querySelector(".done");
    this.ring.style.strokeDasharray = CIRCLE;
    this.note = make("span");
    this.node = make(
      "div",
      { class: "player" },
      this.button,
      make("p", {}, make("b", {}, number ? say("clip_n", { n: number }) : say("clip")), this.note),
    );
    for (const event of ["play", "pause", "ended", "error"]) {
      this.audio.addEventListener(event, () => this.happened(event));
    }
    this.show();
  }

  toggle() {
    if (!this.audio.paused) return this.audio.pause();
    if (this.audio.ended) this.audio.currentTime = 0;
    this.audio.play().catch((reason) => reason.name !== "AbortError" && this.happened("error"));
  }

  happened(event) {
    if (event === "error") return announce(say("broken"), true);
    if (event === "play") this.follow();
    if (event === "ended") {
      this.plays += 1;
      this.heard = true;
    }
    this.show();
    this.changed(event, this);
  }

  follow() {
    this.turn();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  turn() {
    const { currentTime, duration, ended } = this.audio;
    const share = ended || !duration ? Number(ended) : currentTime / duration;
    this.ring.style.strokeDashoffset = CIRCLE * (1 - Math.min(share, 1));
    this.ring.style.visibility = share > 0 ? "visible" : "hidden";
  }

  show() {
    const playing = !this.audio.paused && !this.audio.ended;
    const name = (playing ? "pause" : "play") + (this.number ? "_n" : "");
    this.button.toggleAttribute("data-playing", playing);
    this.button.setAttribute("aria-label", say(name, { n: this.number }));
    this.note.textContent = say(this.heard ? "heard" : "unheard");
    this.turn();
  }

  close() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    URL.revokeObjectURL(this.url);
  }
}
