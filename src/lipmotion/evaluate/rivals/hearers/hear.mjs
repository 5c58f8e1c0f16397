// node hear.mjs RIVAL PACKAGE RATE_HZ SOUND ANSWER [SOUND ANSWER …]
//
// Lets a rival listen to sounds, one after the other. RIVAL is one of the modules beside this file;
// PACKAGE the folder of its npm package; SOUND raw float32 little-endian samples, mono, at RATE_HZ;
// ANSWER becomes {names, times_s, weights} or {cues: [[start_s, end_s, name], …]}.
//
// A rival's module exports `open(packageFolder, rateHz, variant)`, which gives a function from samples
// (Float32Array) to an answer. It starts afresh for every sound.
import fs from "node:fs";

const [rival, packageFolder, rateHz, ...files] = process.argv.slice(2);
const [name, variant] = rival.split(":");
const { open } = await import(`./${name}.mjs`);
const listen = await open(packageFolder, Number(rateHz), variant);
for (let k = 0; k + 1 < files.length; k += 2) {
  const bytes = fs.readFileSync(files[k]);
  const samples = new Float32Array(bytes.length / 4);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readFloatLE(4 * i);
  fs.writeFileSync(files[k + 1], JSON.stringify(await listen(samples)));
}
process.exit(0); // a rival may have left timers running
