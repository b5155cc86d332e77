// What the page holds, who listens, and in which words; kept, so that a reload goes on where it was.

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
