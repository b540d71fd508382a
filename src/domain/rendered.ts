// Reading what a renderer answered.
import { Fault } from './fault.ts';
import type { RenderedOutput, RenderedPicture } from './ports.ts';

/** The output of this id. @throws the fault for which there is none */
export function takeOutput(picture: RenderedPicture, id: string): RenderedOutput {
  const output = picture.outputs.find((candidate) => candidate.id === id);
  if (output) return output;
  const fault = picture.faults.find((candidate) => candidate.id === id);
  if (!fault) throw new Fault('internal', 'the renderer answered without this rendition');
  throw new Fault(fault.code, fault.message, fault.mend === undefined ? {} : { mend: fault.mend });
}
