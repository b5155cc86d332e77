// The screens, one at a time, and the keys.

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
