// The shapes of the API under the names that the page uses.
import type { Pipeline, Rendition, Run, Session, StoredObject } from '../../../sdk/client.ts';
import type { components } from '../../../sdk/schema.ts';

export type { Pipeline, Rendition, Run, Session };
export type Picture = StoredObject;
export type PictureState = Picture['state'];
export type Failure = components['schemas']['ObjectFailure'];
export type Chapter = components['schemas']['Chapter'];
