// How each declared rendition of a picture stands: there, given up, or still to come.
import type { Failure, Picture, Rendition } from '../../api/types.ts';

export interface Standing {
  /** `pipeline/rendition`, unlike any other of the picture. */
  id: string;
  pipeline: string;
  name: string;
  rendition: Rendition | undefined;
  failure: Failure | undefined;
}

/** In the order declared; what was made under a pipeline that is no longer declared comes last. */
export function standings(picture: Picture): Standing[] {
  const found: Standing[] = picture.expected.map(({ pipeline, rendition: name }) => ({
    id: `${pipeline}/${name}`,
    pipeline,
    name,
    rendition: picture.renditions.find((made) => made.pipeline === pipeline && made.name === name),
    failure: picture.failures.find((failed) => failed.pipeline === pipeline && failed.rendition === name),
  }));
  for (const rendition of picture.renditions) {
    const id = `${rendition.pipeline}/${rendition.name}`;
    if (found.some((standing) => standing.id === id)) continue;
    found.push({ id, pipeline: rendition.pipeline, name: rendition.name, rendition, failure: undefined });
  }
  return found;
}

/** A file that was passed on as it is: nobody has decoded it. */
export function isCopy({ width }: Rendition): boolean {
  return width === null;
}

/** `thumbnail` where pipeline and rendition share the name, else `avatar / large`. */
export function standingLabel({ pipeline, name }: Standing): string {
  return pipeline === name ? name : `${pipeline} / ${name}`;
}

/** The last part of a key. */
export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1) || key;
}
