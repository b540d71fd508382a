// Hands pictures to imaging processes: one picture at a time to each, first come, first served.
import { Fault } from '../domain/fault.ts';
import type { PictureBytes, RenderedPicture, RenderTarget } from '../domain/ports.ts';
import type { ImagingProcess } from './imaging-process.ts';

export interface Pool {
  render(input: PictureBytes, targets: readonly RenderTarget[]): Promise<RenderedPicture>;
  stop(): Promise<void>;
}

/**
 * Processes are started when pictures wait for them, and then kept. One that dies is replaced at once, since the next
 * picture is likely to come, but not before it has ever worked, since it would only die again.
 *
 * @param slots most processes at a time
 */
export function createPool(slots: number, first: ImagingProcess, start: () => ImagingProcess): Pool {
  const alive = new Set<ImagingProcess>();
  const idle: ImagingProcess[] = [];
  const waiting: PromiseWithResolvers<ImagingProcess>[] = [];
  let starting = 0;
  let stopped = false;

  const adopt = (process: ImagingProcess): void => {
    alive.add(process);
    starting += 1;
    let worked = false;
    process.ready.then(
      () => {
        starting -= 1;
        worked = true;
        free(process);
      },
      (fault: Fault) => {
        starting -= 1;
        waiting.shift()?.reject(fault);
      },
    );
    process.gone.then(() => {
      alive.delete(process);
      const at = idle.indexOf(process);
      if (at >= 0) idle.splice(at, 1);
      if (!stopped && (worked || waiting.length > starting)) adopt(start());
    });
  };

  const free = (process: ImagingProcess): void => {
    if (!process.alive) return;
    const next = waiting.shift();
    if (next) next.resolve(process);
    else idle.push(process);
  };

  const take = (): Promise<ImagingProcess> => {
    // The one that worked last has its memory warm.
    const process = idle.pop();
    if (process) return Promise.resolve(process);
    const turn = Promise.withResolvers<ImagingProcess>();
    waiting.push(turn);
    if (alive.size < slots && waiting.length > starting) adopt(start());
    return turn.promise;
  };

  adopt(first);
  return {
    async render(input, targets) {
      if (stopped) throw new Fault('unavailable', 'imaging was stopped');
      const process = await take();
      try {
        return await process.render(input, targets);
      } finally {
        free(process);
      }
    },
    async stop() {
      stopped = true;
      for (const turn of waiting.splice(0)) turn.reject(new Fault('unavailable', 'imaging was stopped'));
      const all = [...alive];
      for (const process of all) process.kill();
      await Promise.all(all.map((process) => process.gone));
    },
  };
}
