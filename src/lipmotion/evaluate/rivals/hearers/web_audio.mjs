// As much of Web Audio as the rivals use, driven by the samples themselves: time is audio time, so a
// sound takes as long as computing it does, and every run gives the same.
// Source: W3C Web Audio API, https://www.w3.org/TR/webaudio/ (render quantum, AudioWorklet).

export const QUANTUM = 128; // samples a worklet gets at once
export const IMAGES_HZ = 60; // how often a page draws, and asks for shapes

let nowS = 0;

// Classes that an AudioWorklet's modules expect; `process` is then called by `play`.
export function installWorklets(rateHz) {
  const processors = new Map();
  let portOfNext = null;
  class Port {
    onmessage = null;
    other = null;
    postMessage(data) {
      this.other?.onmessage?.({ data });
    }
  }
  globalThis.sampleRate = rateHz;
  Object.defineProperty(globalThis, "currentTime", { get: () => nowS, configurable: true });
  globalThis.registerProcessor = (name, type) => processors.set(name, type);
  globalThis.AudioWorkletProcessor = class {
    port = portOfNext ?? new Port();
  };
  globalThis.AudioWorkletNode = class {
    constructor(context, name, options = {}) {
      this.port = new Port();
      portOfNext = new Port();
      [this.port.other, portOfNext.other] = [portOfNext, this.port];
      const type = processors.get(name);
      this.processor = new type(options);
      portOfNext = null;
      this.values = {};
      for (const about of type.parameterDescriptors ?? []) {
        const value = options.parameterData?.[about.name] ?? about.defaultValue;
        this.values[about.name] = new Float32Array([value]);
      }
    }
  };
}

// Plays samples: `hear(quantum)` for each 128 of them, `draw(ms)` 60 times a second of audio time.
// Gives the times at which it drew and what `draw` gave.
export function play(samples, rateHz, hear, draw) {
  const times = [];
  const rows = [];
  for (let start = 0; start + QUANTUM <= samples.length; start += QUANTUM) {
    nowS = start / rateHz;
    hear(samples.subarray(start, start + QUANTUM));
    nowS = (start + QUANTUM) / rateHz;
    while (nowS >= (times.length + 1) / IMAGES_HZ) {
      times.push((times.length + 1) / IMAGES_HZ);
      rows.push(draw(1000 / IMAGES_HZ).map((weight) => Math.round(1e5 * weight) / 1e5));
    }
  }
  return [times, rows];
}

export const audioTimeMs = () => 1000 * nowS;
