// The shapes of the API under the names that the page uses.
import type { Pipeline, PixmillEvent, Rendition, Run, Session, Stats, StoredObject } from '../../../sdk/client.ts';
import type { components } from '../../../sdk/schema.ts';

export type { Pipeline, PixmillEvent, Rendition, Run, Session, Stats };
export type Picture = StoredObject;
export type PictureState = Picture['state'];
export type Failure = components['schemas']['ObjectFailure'];
export type Door = PixmillEvent['door'];
export type PixmillFile = components['schemas']['File'];
export type FileSource = components['schemas']['FileSource'];
export type FileOutput = components['schemas']['FileOutput'];
export type Chapter = components['schemas']['Chapter'];
