"use strict";
// Asks one viewer; answers stay in this browser until they are saved.
const { study, plan } = JSON.parse(document.getElementById("study").textContent);
const get = (id) => document.getElementById(id);
const sides = ["reference", "left", "right"];
const films = Object.fromEntries(
  sides.map((side) => [side, document.querySelector(`[data-side="${side}"]`)]));
const buttons = [...document.querySelectorAll("[data-choose]")];
const slot = `lipmotion-study-${study}`;
const path = (code) => `films/${code}.mp4`;
let state = null, shownAt = 0, replays = 0, ahead = [];

const load = () => { try { return JSON.parse(localStorage.getItem(slot)); } catch { return null; } };
const keep = () => { try { localStorage.setItem(slot, JSON.stringify(state)); } catch { /* none */ } };
const trials = () => plan[state.viewer - 1];
const show = (id) => ["intro", "trial", "end"].forEach((name) => { get(name).hidden = name !== id; });
const enable = (on) => buttons.forEach((button) => { button.disabled = !on; });

function begin() {
  const wanted = Math.round(Number(get("viewer").value));
  if (!state) {
    const drawn = 1 + Math.floor(Math.random() * plan.length);
    const viewer = wanted >= 1 && wanted <= plan.length ? wanted : drawn;
    const viewing = [...crypto.getRandomValues(new Uint8Array(8))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    state = { format: "lipmotion-study-answers", format_version: 1, study, viewer, viewing, answers: [] };
    keep();
  }
  next();
}

function next() {
  const k = state.answers.length, own = trials();
  if (k >= own.length) { finish(); return; }
  show("trial");
  get("progress").value = k / own.length;
  get("count").textContent = ` ${k + 1} of ${own.length}`;
  sides.forEach((side, n) => { films[side].src = path(own[k][n]); });
  ahead = (own[k + 1] ?? []).map((code) => {
    const film = document.createElement("video");
    film.preload = "auto"; film.muted = true; film.src = path(code);
    return film;
  });
  enable(false);
  replays = -1;
  play();
}

async function play() {
  replays += 1;
  shownAt ||= performance.now();
  get("told").textContent = "";
  for (const side of sides) { films[side].pause(); films[side].currentTime = 0; }
  try {
    await Promise.all(sides.map((side) => ready(films[side])));
    await Promise.all(sides.map((side) => films[side].play()));
  } catch (error) {
    if (error.name === "AbortError") return;
    get("told").textContent = error.name === "NotAllowedError"
      ? "Press “Play again” to start." : "A film cannot be played in this browser.";
  }
}

const ready = (film) => new Promise((done, fail) => {
  if (film.readyState >= 3) { done(); return; }
  film.addEventListener("canplay", done, { once: true });
  film.addEventListener("error", () => fail(film.error ?? new Error("film")), { once: true });
});

function choose(side) {
  if (get("trial").hidden || buttons[0].disabled) return;
  const [reference, left, right] = trials()[state.answers.length];
  const ms = Math.round(performance.now() - shownAt);
  state.answers.push({ reference, left, right, chosen: side, ms, replays });
  shownAt = 0;
  keep();
  next();
}

function finish() {
  show("end");
  sides.forEach((side) => films[side].pause());
  const text = JSON.stringify(state);
  get("text").value = text;
  get("save").href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  get("save").download = `answers-${state.viewer}-${state.viewing}.json`;
}

films.reference.addEventListener("ended", () => enable(true));
buttons.forEach((button) => button.addEventListener("click", () => choose(button.dataset.choose)));
for (const side of ["left", "right"]) films[side].addEventListener("click", () => choose(side));
get("anew").addEventListener("click", () => {
  if (!confirm("These answers are deleted from this browser. Are they saved?")) return;
  try { localStorage.removeItem(slot); } catch { /* none */ }
  location.assign(location.pathname);
});
get("again").addEventListener("click", play);
get("begin").addEventListener("click", begin);
addEventListener("keydown", (event) => {
  if (get("trial").hidden || event.repeat) return;
  const deed = { ArrowLeft: () => choose("left"), ArrowRight: () => choose("right"), " ": play }[event.key];
  if (deed) { event.preventDefault(); deed(); }
});

get("viewer").value = new URLSearchParams(location.search).get("viewer") ?? "";
state = load();
if (state && (state.study !== study || !plan[state.viewer - 1])) state = null;
if (state) { get("begin").textContent = "Go on"; get("viewer").disabled = true; }
