// What the server and an imaging process say to each other; the framing is in `wire.ts`.
import type { FaultCode } from '../domain/fault.ts';
import type { ImageLimits, RenderedOutput, RenderedPicture, RenderTarget } from '../domain/ports.ts';

/** First message to a process. The body is the watermarks, one behind the other. */
export interface Hello {
  limits: ImageLimits;
  marks: { sha256: string; bytes: number }[];
}

/** Each further message to a process. The body is the picture, where it is not in a file. */
export interface Job {
  file?: { path: string; size: number };
  targets: readonly RenderTarget[];
}

export type Answer = Ready | Done | Failed;

/** Answers the hello. */
export interface Ready {
  kind: 'ready';
  engine: string;
}

/** The body is the outputs, one behind the other. */
export interface Done {
  kind: 'done';
  picture: Omit<RenderedPicture, 'outputs'>;
  outputs: (Omit<RenderedOutput, 'body'> & { bytes: number })[];
}

/** The picture as a whole could not be rendered. */
export interface Failed {
  kind: 'failed';
  code: FaultCode;
  message: string;
  mend: string | undefined;
  cause: string | undefined;
}
