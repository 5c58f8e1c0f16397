// wawa-lipsync: energy in seven bands of an AnalyserNode, asked 60 times a second, names one viseme.
import { createRequire } from "node:module";
import path from "node:path";
import { audioTimeMs, play } from "./web_audio.mjs";

export async function open(packageFolder, rateHz) {
  let heard = new Float32Array(0);
  let nHeard = 0;

  // Source: W3C Web Audio API 1.8.6, FFT windowing and smoothing over time, with its defaults.
  class Analyser {
    set fftSize(n) {
      this.n = n;
      this.frequencyBinCount = n / 2;
      this.smoothed = new Float32Array(n / 2);
      const turn = (i) => (2 * Math.PI * i) / n;
      this.window = Float32Array.from(
        { length: n },
        (_, i) => 0.42 - 0.5 * Math.cos(turn(i)) + 0.08 * Math.cos(2 * turn(i)), // Blackman
      );
    }
    getByteFrequencyData(bytes) {
      const re = new Float64Array(this.n);
      const im = new Float64Array(this.n);
      for (let i = 0; i < this.n; i++) {
        const at = nHeard - this.n + i;
        re[i] = (at < 0 ? 0 : heard[at]) * this.window[i];
      }
      transform(re, im);
      for (let k = 0; k < this.frequencyBinCount; k++) {
        const size = Math.hypot(re[k], im[k]) / this.n;
        this.smoothed[k] = 0.8 * this.smoothed[k] + 0.2 * size; // smoothingTimeConstant
        const db = 20 * Math.log10(this.smoothed[k]);
        const byte = Math.floor((255 / (-30 - -100)) * (db - -100)); // min- and maxDecibels
        bytes[k] = Math.max(0, Math.min(255, byte));
      }
    }
  }

  globalThis.window = {
    AudioContext: class {
      sampleRate = rateHz;
      createAnalyser = () => new Analyser();
    },
  };
  Object.defineProperty(globalThis.performance, "now", { value: audioTimeMs });
  const require = createRequire(import.meta.url);
  const { Lipsync, VISEMES } = require(path.join(packageFolder, "dist", "wawa-lipsync.umd.js"));
  const visemes = Object.values(VISEMES);
  return async (samples) => {
    heard = samples;
    nHeard = 0;
    const lipsync = new Lipsync();
    const [times_s, rows] = play(
      samples,
      rateHz,
      (quantum) => (nHeard += quantum.length),
      () => {
        lipsync.processAudio();
        return visemes.map((name) => Number(name === lipsync.viseme));
      },
    );
    return { names: visemes.map((name) => name.replace("viseme_", "")), times_s, weights: rows };
  };
}

// Fourier transform in place; lengths are powers of two.
// Source: Cooley and Tukey 1965, decimation in time.
function transform(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const wr = Math.cos((-2 * Math.PI * k) / size);
      const wi = Math.sin((-2 * Math.PI * k) / size);
      for (let u = k; u < n; u += size) {
        const v = u + half;
        const xr = re[v] * wr - im[v] * wi;
        const xi = re[v] * wi + im[v] * wr;
        re[v] = re[u] - xr;
        im[v] = im[u] - xi;
        re[u] += xr;
        im[u] += xi;
      }
    }
  }
}
