// wlipsync: a worklet compares MFCCs with a profile; weights and volume are smoothed as they come.
// The variant is the path of the profile, which the package does not bring.
import fs from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { installWorklets, play } from "./web_audio.mjs";

export async function open(packageFolder, rateHz, profilePath) {
  installWorklets(rateHz);
  const at = (name) => pathToFileURL(path.join(packageFolder, "dist", name));
  const { WLipSyncAudioNode, parseBinaryProfile } = await import(at("wlipsync.js"));
  const module = new WebAssembly.Module(fs.readFileSync(at("wlipsync.wasm")));
  const profile = parseBinaryProfile(new Uint8Array(fs.readFileSync(profilePath)).buffer);
  const phonemes = [...new Set(profile.mfccs.map(({ name }) => name))];
  let nSounds = 0;
  return async (samples) => {
    await import(`${at("audio-processor.js")}?${nSounds++}`); // its memory belongs to the module
    const node = new WLipSyncAudioNode({}, profile, module);
    while (node.processor.inputBufferIndex === -1) await setTimeout(1); // until WASM is there
    const [times_s, rows] = play(
      samples,
      rateHz,
      (quantum) => node.processor.process([[quantum]], [], node.values),
      () => [...phonemes.map((name) => node.weights[name]), node.volume],
    );
    return { names: [...phonemes, "volume"], times_s, weights: rows };
  };
}
