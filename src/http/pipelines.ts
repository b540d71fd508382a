// Finding pipelines by name.
import { Fault } from '../domain/fault.ts';
import type { Pipeline } from '../domain/pipeline.ts';

/** @throws Fault `not_found` that names those there are */
export function pipelineNamed(pipelines: Pipeline[], name: string): Pipeline {
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  throw new Fault('not_found', `there is no pipeline "${name}"`, {
    mend: `there are: ${pipelines.map((pipeline) => pipeline.name).join(', ')}`,
  });
}
