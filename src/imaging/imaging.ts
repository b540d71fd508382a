// Imaging as the rest of Pixmill sees it: pictures in, renditions out, in processes of their own.
import { availableParallelism } from 'node:os';
import { Fault } from '../domain/fault.ts';
import type { ImageLimits, Imaging, Log } from '../domain/ports.ts';
import { startProcess } from './imaging-process.ts';
import { createPool } from './pool.ts';
import { formatOf } from './sniff.ts';

export interface ImagingOptions {
  limits: ImageLimits;
  /** Pictures in work at a time; by default one more than there are cores. */
  slots?: number;
  /** Bytes of each watermark that a recipe names, by its SHA-256 in hex. */
  watermarks: ReadonlyMap<string, Buffer>;
  log: Log;
}

/** Starts the first process and waits until it can work. Fault `internal` where it cannot. */
export async function openImaging({ limits, slots = defaultSlots(), watermarks, log }: ImagingOptions): Promise<Imaging> {
  const start = () => startProcess({ limits, watermarks, log });
  const first = start();
  const engine = await first.ready;
  const pool = createPool(slots, first, start);
  return {
    engine,
    slots,
    formatOf,
    async render(input, targets) {
      const size = Buffer.isBuffer(input) ? input.length : input.size;
      if (size > limits.bytes) {
        throw new Fault('too_large', `the file has ${size} bytes, and the limit is ${limits.bytes}`, {
          mend: 'make the file smaller, or raise limits.bytes',
        });
      }
      return pool.render(input, targets);
    },
    stop: () => pool.stop(),
  };
}

/** While one process waits for its next picture, another uses its core. */
function defaultSlots(): number {
  return availableParallelism() + 1;
}
