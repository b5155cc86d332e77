"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const page = read("page");
  const allWords = read("words");
  const PLACE = "kefu-listening-" + page.id;
  const FORMAT = "kefu-listening-results/1";
  const NAMES = { "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" };
  const SECONDS_TO_ANSWER = 4;
  const CIRCLE = 2 * Math.PI * 29;
  const main = document.getElementById("main");
  const status = document.getElementById("status");

  // ---- what is remembered, so that a reload goes on where it was

  let kept = true;
  const fresh = () => ({ listener: randomId(), language: "", begun: "", finished: "", answers: [] });
  let state = recall() || fresh();

  function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function recall() {
    try {
      const found = JSON.parse(localStorage.getItem(PLACE));
      const whole = found && /^[0-9a-f]{16}$/.test(found.listener) && Array.isArray(found.answers);
      return whole ? found : null;
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      localStorage.setItem(PLACE, JSON.stringify(state));
    } catch {
      kept = false;
    }
  }

  // ---- words

  const language = () => state.language || page.language || preferred();

  function preferred() {
    for (const tag of navigator.languages || []) {
      if (/^zh-(hant|tw|hk|mo)/i.test(tag)) return "zh-Hant";
      if (/^zh/i.test(tag)) return "zh-Hans";
      if (/^en/i.test(tag)) return "en";
    }
    return "en";
  }

  const say = (name, values = {}) =>
    allWords[language()][name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  const list = (name) => allWords[language()][name];

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  // ---- the order: of the page's seed and the listener's id, so that it is his own after a reload

  function generator(seed) {
    return () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  function shuffled(items, random) {
    const left = items.slice();
    for (let last = left.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [left[last], left[other]] = [left[other], left[last]];
    }
    // The same sentence is not heard twice in a row where another one is left.
    const order = [];
    while (left.length) {
      const before = order.length ? order[order.length - 1].apart : null;
      const found = left.findIndex((trial) => trial.apart !== before);
      order.push(...left.splice(Math.max(found, 0), 1));
    }
    return order;
  }

  function ordered() {
    const random = generator(page.seed ^ parseInt(state.listener.slice(0, 8), 16));
    const of = (kind, training) =>
      page.trials.filter((trial) => trial.kind === kind && Boolean(trial.training) === training);
    return [
      ...of("quality", true),
      ...shuffled(of("quality", false), random),
      ...of("same", true),
      ...shuffled(of("same", false), random),
    ];
  }

  let order = ordered();

  // ---- sound

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

  // ---- screens, one at a time

  let screen = null;

  function announce(text, alarm = false) {
    status.textContent = text;
    status.className = alarm ? "alarm" : "unseen";
  }

  function show(next, part = "") {
    if (screen && screen.close) screen.close();
    screen = next;
    announce("");
    document.documentElement.lang = language();
    document.title = say("title");
    const done = state.answers.length;
    const top = document.getElementById("top");
    top.hidden = !part;
    document.getElementById("part").textContent = part;
    const count = document.getElementById("count");
    count.textContent = `${Math.min(done + 1, order.length)} / ${order.length}`;
    const progress = document.getElementById("progress");
    progress.max = order.length;
    progress.value = done;
    progress.setAttribute("aria-label", say("progress", { n: done + 1, count: order.length }));
    main.replaceChildren(make("div", { class: "screen" }, ...next.nodes));
    scrollTo(0, 0);
    main.querySelector("h1").focus();
  }

  const title = (text) => make("h1", { tabindex: "-1" }, text);

  function welcome() {
    const done = state.answers.length;
    const heard = order.flatMap((trial) => trial.clips).reduce((sum, clip) => sum + secondsOf(clip), 0);
    const minutes = Math.max(1, Math.round((heard + order.length * SECONDS_TO_ANSWER) / 60));
    const choose = (chosen) => () => {
      state.language = chosen;
      keep();
      welcome();
      main.querySelector(`[lang="${chosen}"]`).focus();
    };
    const languages = Object.keys(NAMES).map((one) =>
      make(
        "button",
        { type: "button", lang: one, "aria-pressed": String(one === language()), onclick: choose(one) },
        NAMES[one],
      ),
    );
    const begin = () => {
      state.begun = state.begun || new Date().toISOString();
      state.language = language();
      keep();
      ask();
    };
    const label = done ? say("resume", { done, count: order.length }) : say("begin");
    keep();
    show({
      nodes: [
        make("div", { class: "row languages", role: "group", "aria-label": say("language") }, ...languages),
        title(say("hello")),
        make("p", { class: "lede" }, say("lede", { count: order.length, minutes })),
        make("ul", { class: "ready" }, ...list("ready").map((line) => make("li", {}, line))),
        kept ? "" : make("p", { class: "alarm" }, say("unkept")),
        make("div", { class: "row" }, make("button", { type: "button", class: "main", onclick: begin }, label)),
      ],
      enter: begin,
    });
  }

  function ask() {
    const trial = order[state.answers.length];
    if (!trial) return finish();
    const before = order[state.answers.length - 1];
    if (trial.kind === "same" && trial.training && before && screen.asked !== "same") return turnTo(trial);
    pose(trial);
  }

  function turnTo(trial) {
    const go = () => pose(trial);
    show(
      {
        asked: "same",
        nodes: [
          title(say("now_same")),
          make("p", { class: "lede" }, say("now_same_lede")),
          make("div", { class: "row" }, make("button", { type: "button", class: "main", onclick: go }, say("go_on"))),
        ],
        enter: go,
      },
      say("part_same"),
    );
  }

  function group(name, labels, values, chosen) {
    const choices = labels.map((label, place) => {
      const input = make("input", { type: "radio", name, value: values[place] });
      input.addEventListener("change", () => chosen(values[place]));
      return make("label", {}, input, make("span", { class: "face" }, make("b", {}, String(place + 1)), make("span", {}, label)));
    });
    const asks = { quality: "ask_quality", same: "ask_same", sure: "ask_sure" }[name];
    return make(
      "fieldset",
      { class: name, disabled: true },
      make("legend", {}, say(asks)),
      make("div", { class: "options" }, ...choices),
    );
  }

  function pose(trial) {
    const began = performance.now();
    const answer = {};
    const next = make("button", { type: "button", class: "main", disabled: true, onclick: () => submit() }, say("next"));
    const two = trial.clips.length > 1;
    const players = trial.clips.map((clip, place) => new Player(clip, two ? place + 1 : 0, moved));
    const quality = !two && group("quality", list("quality"), [1, 2, 3, 4, 5], (value) => answered("rating", value));
    const same = two && group("same", list("same"), ["yes", "no", "unsure"], (value) => answered("same", value));
    const sure = two && group("sure", list("sure"), [1, 2, 3], (value) => answered("confidence", value));
    const groups = [quality, same, sure].filter(Boolean);
    if (sure) sure.hidden = true;

    const heard = () => players.every((player) => player.heard);
    const whole = () =>
      heard() && (two ? answer.same === "unsure" || (answer.same && answer.confidence) : answer.rating);

    function moved(event, player) {
      if (event === "play") players.forEach((other) => other !== player && other.audio.pause());
      const first = players.find((one) => !one.heard);
      players.forEach((one) => one.node.classList.toggle("next-to-hear", one === first));
      if (event === "ended" && heard() && groups[0].disabled) {
        groups.forEach((one) => (one.disabled = false));
        announce(say("may_answer"));
      }
    }

    function answered(name, value) {
      answer[name] = value;
      if (name === "same") {
        sure.hidden = value === "unsure";
        if (sure.hidden) delete answer.confidence;
        if (sure.hidden) sure.querySelectorAll("input").forEach((input) => (input.checked = false));
      }
      next.disabled = !whole();
    }

    function submit() {
      if (!whole()) return;
      state.answers.push({
        trial: trial.id,
        ...answer,
        plays: players.map((player) => player.plays),
        took_ms: Math.round(performance.now() - began),
      });
      keep();
      ask();
    }

    function digit(number) {
      const focused = groups.find((one) => one.contains(document.activeElement));
      const open = sure && answer.same && !answer.confidence && !sure.hidden ? sure : groups[0];
      const asked = sure && answer.confidence && focused ? focused : open;
      const input = asked.querySelectorAll("input")[number - 1];
      if (!input || asked.disabled) return;
      input.focus();
      input.click();
    }

    function arrow(step) {
      const radios = [...groups[0].querySelectorAll("input")];
      const at = radios.findIndex((input) => input.checked);
      digit(at < 0 ? (step > 0 ? 1 : radios.length) : Math.min(Math.max(at + 1 + step, 1), radios.length));
    }

    const keys = {
      space: make("kbd", {}, say("space")),
      enter: make("kbd", {}, say("enter")),
      one: make("kbd", {}, "1"),
      three: make("kbd", {}, "3"),
      five: make("kbd", {}, "5"),
    };
    const hint = list(two ? "keys_same" : "keys_quality").split(/\{(\w+)\}/).map((piece, place) => (place % 2 ? keys[piece] : piece));
    show(
      {
        asked: trial.kind,
        nodes: [
          trial.training ? make("p", { class: "note" }, say("practice")) : "",
          title(say(two ? "ask_same" : "ask_quality")),
          make("p", { class: "quiet" }, say(two ? "hint_same" : "hint_quality")),
          make("div", { class: "players" }, ...players.map((player) => player.node)),
          ...groups,
          make("div", { class: "row end" }, make("p", { class: "keys" }, ...hint), next),
        ],
        close: () => players.forEach((player) => player.close()),
        enter: submit,
        digit,
        arrow,
        space: () => (players.find((player) => !player.audio.paused) || players.find((player) => !player.heard) || players[0]).toggle(),
      },
      say(two ? "part_same" : "part_quality"),
    );
    moved("", null);
  }

  function finish() {
    state.finished = state.finished || new Date().toISOString();
    keep();
    const results = {
      format: FORMAT,
      page: page.id,
      listener: state.listener,
      language: language(),
      started_at: state.begun,
      finished_at: state.finished,
      answers: state.answers,
    };
    const text = JSON.stringify(results, null, 1) + "\n";
    const file = `listening-${page.id.slice(0, 8)}-${state.listener.slice(0, 8)}.json`;
    const area = make("textarea", { readonly: true, "aria-label": say("see"), spellcheck: "false" });
    area.value = text;
    const details = make("details", {}, make("summary", {}, say("see")), area);
    const told = make("p", { class: "quiet", role: "status" });
    const download = () => {
      const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      make("a", { href: url, download: file }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
      told.textContent = say("downloaded", { file });
    };
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        details.open = true;
        area.select();
        document.execCommand("copy");
      }
      told.textContent = say("copied");
    };
    let sure = false;
    const another = () => {
      if (!sure) {
        sure = true;
        told.textContent = say("another_sure");
        return;
      }
      state = { ...fresh(), language: state.language };
      order = ordered();
      welcome();
    };
    show({
      nodes: [
        title(say("thanks")),
        make("p", { class: "lede" }, say("thanks_lede")),
        make(
          "div",
          { class: "row" },
          make("button", { type: "button", class: "main", onclick: download }, say("download")),
          make("button", { type: "button", onclick: copy }, say("copy")),
        ),
        told,
        details,
        make("div", { class: "row end" }, make("button", { type: "button", onclick: another }, say("another"))),
      ],
      enter: download,
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = document.activeElement;
    const own = at && at.closest("button, summary, textarea, a");
    const choosing = at && at.type === "radio";
    if (event.key === " " && screen.space && !own) {
      event.preventDefault();
      if (!event.repeat) screen.space();
    } else if (event.key === "Enter" && screen.enter && !own) {
      event.preventDefault();
      if (!event.repeat) screen.enter();
    } else if (/^[1-5]$/.test(event.key) && screen.digit) {
      screen.digit(Number(event.key));
    } else if (event.key.startsWith("Arrow") && screen.arrow && !choosing) {
      event.preventDefault();
      screen.arrow(/Right|Down/.test(event.key) ? 1 : -1);
    }
  });

  if (state.finished) finish();
  else welcome();
})();
