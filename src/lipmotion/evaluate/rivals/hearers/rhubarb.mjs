// rhubarb-lip-sync-wasm: PocketSphinx recognises English, phones become the shapes A to H and X.
import path from "node:path";
import { pathToFileURL } from "node:url";

export async function open(packageFolder, rateHz) {
  if (rateHz !== 16000) throw new Error(`rhubarb hears 16000 Hz, got ${rateHz}`);
  const { Rhubarb } = await import(pathToFileURL(path.join(packageFolder, "dist", "index.js")));
  return async (samples) => {
    // It reads the memory below the buffer from its first byte on, so the buffer must own it.
    const pcm = Buffer.from(new ArrayBuffer(2 * samples.length));
    samples.forEach((x, i) => {
      pcm.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(32768 * x))), 2 * i);
    });
    const { mouthCues } = await Rhubarb.getLipSync(pcm);
    return { cues: mouthCues.map(({ start, end, value }) => [start, end, value]) };
  };
}
