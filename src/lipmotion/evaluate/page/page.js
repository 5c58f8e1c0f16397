"use strict";
// Picks a clip, shows more methods, and reads the curves under the pointer.
const all = (query, root = document) => [...root.querySelectorAll(query)];

for (const select of all("[data-picks]")) {
  const clips = all(`[data-of="${select.dataset.picks}"]`);
  const show = () => clips.forEach((clip, k) => { clip.hidden = k !== Number(select.value); });
  select.addEventListener("change", show);
  show();
}

for (const box of all("[data-shows]")) {
  const show = () => all(`[data-of="${box.dataset.shows}"]`).forEach(
    (clip) => clip.classList.toggle("all", box.checked));
  box.addEventListener("change", show);
  show();
}

const read = (shape, hop) => {
  const point = shape?.getAttribute("points").split(" ")[hop];
  return point === undefined ? null : Number(point.split(",")[1]);
};

for (const list of all(".curves")) {
  const rows = all("li:not(.axis)", list);
  const axis = list.querySelector(".axis .here");
  const follow = (event) => {
    const box = rows[0].querySelector(".box").getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    list.style.setProperty("--at", share);
    list.classList.add("read");
    for (const row of rows) {
      const hops = row.querySelector("svg").viewBox.baseVal.width;
      const hop = Math.round(share * hops);
      const line = row.querySelector("polyline");
      const y = line ? read(line, hop) : read(row.querySelector("polygon"), hop + 1);
      const out = row.querySelector(".here");
      out.value = y === null ? "" : (Number(out.dataset.top) * (1 - y / 1000)).toFixed(2);
      axis.value = `${(hop / 50).toFixed(2)} s`;
    }
  };
  const leave = () => {
    list.classList.remove("read");
    all(".here", list).forEach((out) => { out.value = ""; });
  };
  list.addEventListener("pointermove", follow);
  list.addEventListener("pointerdown", follow);
  list.addEventListener("pointerleave", leave);
}

// On paper everything is unfolded.
addEventListener("beforeprint", () => all("details").forEach((part) => { part.open = true; }));
