// @met4citizen/headaudio: a worklet names the viseme, `update` cross-fades 60 times a second.
// Variant "repaired": viseme 0 (aa) counts too; as published it is taken for "no viseme".
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { installWorklets, play } from "./web_audio.mjs";

export async function open(packageFolder, rateHz, variant) {
  installWorklets(rateHz);
  const at = (...parts) => pathToFileURL(path.join(packageFolder, ...parts));
  await import(at("modules", "headworklet.mjs"));
  const { HeadAudio } = await import(at("modules", "headaudio.mjs"));
  const model = new Uint8Array(fs.readFileSync(at("dist", "model-en-mixed.bin")));
  globalThis.fetch = async () => ({ ok: true, arrayBuffer: async () => model.slice().buffer });
  return async (samples) => {
    const node = new HeadAudio({}, {});
    await node.loadModel("model-en-mixed.bin");
    const weights = Object.fromEntries(node.visemeNames.map((name) => [name, 0]));
    node.onvalue = (name, value) => (weights[name] = value);
    if (variant === "repaired") {
      const told = node.port.onmessage;
      node.port.onmessage = (message) => {
        told(message);
        if (message.data.event === "viseme" && message.data.viseme === 0) node.visemeActive = 0;
      };
    }
    const [times_s, rows] = play(
      samples,
      rateHz,
      (quantum) => node.processor.process([[quantum]], [], node.values),
      (ms) => {
        node.update(ms);
        return node.visemeNames.map((name) => weights[name]);
      },
    );
    const names = node.visemeNames.map((name) => name.replace("viseme_", ""));
    return { names, times_s, weights: rows };
  };
}
